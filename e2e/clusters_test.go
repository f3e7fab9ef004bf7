package e2e

import (
	"os/exec"
	"regexp"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/lab/labtest"
)

// TestPostgreSQL: rows written to the primary appear on every standby, also on
// one that is added later; nothing restarts for it, and nobody sees the password.
func TestPostgreSQL(t *testing.T) {
	labtest.NeedEngine(t)
	l := labtest.Start(t, "e2epostgresql", 17833)
	l.Deploy(t, "pg", "postgresql", "-p", "standbys=1", "-p", "database=shop")
	first := l.Containers(t, "pg")
	ask := func(node, sql string) string {
		return labtest.On(t, l.Containers(t, "pg")[node], `runuser -u postgres -- psql -X -A -t -q -d shop -c "`+sql+`"`)
	}
	ask("primary-0", "CREATE TABLE item (name text); INSERT INTO item VALUES ('kept')")
	began := ask("primary-0", "SELECT pg_postmaster_start_time()")
	t.Run("the same again changes nothing", func(t *testing.T) {
		outcome := l.Deploy(t, "pg", "postgresql", "-p", "standbys=1", "-p", "database=shop")
		require.Empty(t, outcome.Changes)
		require.Equal(t, first, l.Containers(t, "pg"))
	})
	t.Run("a standby is added, and no server is restarted", func(t *testing.T) {
		l.Deploy(t, "pg", "postgresql", "-p", "standbys=2", "-p", "database=shop")
		require.Equal(t, began, ask("primary-0", "SELECT pg_postmaster_start_time()"))
		ask("primary-0", "INSERT INTO item VALUES ('new')")
		for _, standby := range []string{"standby-0", "standby-1"} {
			require.Equal(t, "t", ask(standby, "SELECT pg_is_in_recovery()"))
			labtest.Eventually(t, "the row arrives at "+standby, 10*time.Second, func() bool {
				return ask(standby, "SELECT string_agg(name, ' ') FROM item") == "kept new"
			})
		}
		require.Equal(t, "2", ask("primary-0", "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"))
	})
	t.Run("the replication password is found nowhere", func(t *testing.T) {
		ids := l.Containers(t, "pg")
		password := labtest.On(t, ids["primary-0"], "cat /etc/postgresql/replication.password")
		require.Regexp(t, regexp.MustCompile(`^[A-Za-z0-9_=-]{32}$`), password)
		require.Contains(t, labtest.On(t, ids["standby-1"], "cat /var/lib/postgresql/.pgpass"), password, "it is the one that is used")
		places := map[string]string{
			"the history": l.History(t, "pg"),
			"the status":  l.Aiolos(t, "status", "pg").Stdout + l.Aiolos(t, "status", "pg", "--json").Stdout,
		}
		for node, id := range ids {
			places["the jobs on "+node] = labtest.On(t, id, "grep -ra . /var/lib/aiolos || true")
			places["the journal of "+node] = labtest.On(t, id, "journalctl --no-pager -o verbose -a")
			places["the processes of "+node] = labtest.On(t, id, "ps -eo args")
		}
		l.StateFiles(t, places)
		for place, text := range places {
			if strings.Contains(text, password) {
				t.Errorf("%s holds the password", place)
			}
		}
	})
}

// TestEtcd: a cluster that a client never loses while its members are restarted
// one after the other, and that grows.
func TestEtcd(t *testing.T) {
	labtest.NeedEngine(t)
	l := labtest.Start(t, "e2eetcd", 17933)
	outcome := l.Deploy(t, "kv", "etcd")
	endpoints := outcome.Outputs["endpoints"].(string)
	ids := l.Containers(t, "kv")
	require.Len(t, ids, 3)
	ctl := func(args string) string {
		return labtest.On(t, ids["etcd-0"], "etcdctl --endpoints "+endpoints+" "+args)
	}
	require.Equal(t, 3, strings.Count(ctl("member list"), "started"))
	ctl("put kept yes")
	t.Run("the same again changes nothing", func(t *testing.T) {
		require.Empty(t, l.Deploy(t, "kv", "etcd").Changes)
	})
	t.Run("a rolling restart never loses the quorum", func(t *testing.T) {
		stop, gap := make(chan struct{}), make(chan time.Duration)
		go func() { gap <- longestGap(ids["etcd-0"], endpoints, stop) }()
		outcome := l.Deploy(t, "kv", "etcd", "-p", "restart=one", "-p", "heartbeat_ms=110")
		close(stop)
		require.Len(t, outcome.Changes, 3, "%v", outcome.Changes)
		require.Less(t, <-gap, 5*time.Second, "a client could not write for longer than an election takes")
		oneAtATime(t, l.Status(t, "kv"), "roll")
		require.Contains(t, labtest.On(t, ids["etcd-2"], "tr '\\0' '\\n' < /proc/$(pidof etcd)/environ"), "ETCD_HEARTBEAT_INTERVAL=110")
	})
	t.Run("it grows, one member after the other", func(t *testing.T) {
		outcome := l.Deploy(t, "kv", "etcd", "-p", "restart=one", "-p", "heartbeat_ms=110", "-p", "members=5")
		require.Equal(t, 5, strings.Count(ctl("member list"), "started"))
		oneAtATime(t, l.Status(t, "kv"), "join")
		last := l.Containers(t, "kv")["etcd-4"]
		require.Equal(t, "yes", labtest.On(t, last, "etcdctl get --print-value-only kept"))
		for _, change := range outcome.Changes {
			require.NotContains(t, change, "roll", "a member was restarted")
		}
	})
}

// longestGap writes to the cluster until it is told to stop, and returns the
// longest time without a write that succeeded.
func longestGap(container, endpoints string, stop <-chan struct{}) time.Duration {
	last, longest := time.Now(), time.Duration(0)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if exec.Command("docker", "exec", container, "etcdctl", "--endpoints", endpoints, "--command-timeout", "1s", "put", "beat", "x").Run() == nil {
			longest = max(longest, time.Since(last))
			last = time.Now()
		}
		select {
		case <-stop:
			return max(longest, time.Since(last))
		case <-tick.C:
		}
	}
}

// oneAtATime wants a step's runs not to overlap.
func oneAtATime(t *testing.T, status deploy.Status, step string) {
	t.Helper()
	var runs []deploy.StepStatus
	for _, s := range status.Steps {
		if s.Name == step && s.State == deploy.StepDone {
			runs = append(runs, s)
		}
	}
	require.Greater(t, len(runs), 1)
	sort.Slice(runs, func(i, j int) bool { return runs[i].Started.Before(*runs[j].Started) })
	for i := range runs[1:] {
		require.False(t, runs[i+1].Started.Before(*runs[i].Finished), "%s and %s overlap", runs[i].Node, runs[i+1].Node)
	}
}
