package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/job"
)

func TestLoggedJobs(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	listed := []job.Listed{
		{ID: "pool.old.configure.web-0.1", Started: at},
		{ID: "pool.new.configure.web-0.1", Started: at.Add(time.Second)},
		{ID: "pool.new.configure.web-10.1", Started: at},
		{ID: "pool.new.migrate.web-0.2", Started: at.Add(time.Minute)},
		{ID: "pool.new.odd"},
	}
	in := LogsInput{Deployment: "pool", Node: deploy.Node{Name: "web-0"}}
	require.Equal(t, []deploy.LoggedJob{
		{ID: "pool.new.configure.web-0.1", Step: "configure", Attempt: 1, Started: at.Add(time.Second)},
		{ID: "pool.new.migrate.web-0.2", Step: "migrate", Attempt: 2, Started: at.Add(time.Minute)},
	}, logged(listed, in))
	in.Step = "migrate"
	require.Len(t, logged(listed, in), 1)
}

// TestLogsOfOthers asks for jobs that are not the deployment's, or not the node's.
func TestLogsOfOthers(t *testing.T) {
	d := &Deeds{Hosts: hosts{}}
	for _, id := range []string{"other.run.configure.web-0.1", "pool.run.configure.web-1.1", "../../etc", "pool.run.configure.web-0.x"} {
		_, err := d.logs(t.Context(), LogsInput{Deployment: "pool", Node: deploy.Node{Name: "web-0"}, Job: id})
		var wrong *deploy.InvalidError
		require.ErrorAs(t, err, &wrong, id)
	}
}

func TestWholeCharacters(t *testing.T) {
	for text, want := range map[string]string{"": "", "abc": "abc", "aé": "aé", "a\xc3": "a", "a\xe2\x82": "a", "a\xe2\x82\xac": "a€", "\x82\x82\x82\x82": "\x82\x82\x82\x82"} {
		require.Equal(t, want, string(whole([]byte(text), false)), "%q", text)
		require.Equal(t, text, string(whole([]byte(text), true)))
	}
}
