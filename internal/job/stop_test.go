package job_test

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/internal/job"
)

func TestStop(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, script string
		exit         int
		longest      time.Duration
	}{
		{"heeds TERM", "trap 'echo bye; exit 7' TERM; : >up; while :; do sleep 0.05; done", 7, 3 * time.Second},
		{"dies of TERM", ": >up; sleep 1000", 143, 3 * time.Second},
		{"ignores TERM", "trap '' TERM; : >up; sleep 1000; sleep 1000", 137, 5 * time.Second},
		{"grandchildren ignore TERM", "(trap '' TERM; sh -c 'sleep 1000; sleep 1000') & : >up; sleep 1000", 143, 5 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := root(t)
			result := make(chan job.Result, 1)
			failed := make(chan error, 1)
			go func() {
				got, err := d.Run(within(t), local, spec("a", c.script), nil)
				result <- got
				failed <- err
			}()
			appears(t, string(d)+"/a/files/up")
			begin := time.Now()
			require.NoError(t, d.Stop(within(t), local, "a", time.Second))
			require.Less(t, time.Since(begin), c.longest)
			require.Equal(t, c.exit, (<-result).Exit)
			require.NoError(t, <-failed)
			require.Eventually(t, func() bool { return len(processes(t, "AIOLOS_JOB_DIR="+string(d))) == 0 },
				5*time.Second, 10*time.Millisecond, "nothing of the group is left")
			require.NoError(t, d.Stop(within(t), local, "a", time.Second), "again")
		})
	}
}

// A launch that is on its way while the job is stopped must not run it later.
func TestStopBeforeStart(t *testing.T) {
	t.Parallel()
	d := root(t)
	require.NoError(t, d.Stop(within(t), local, "a", time.Second))
	got, err := d.Run(within(t), local, spec("a", "echo ran"), nil)
	require.NoError(t, err)
	require.Equal(t, 143, got.Exit)
	require.Empty(t, got.Tail)
	require.True(t, got.Found)
}

// However early a job is stopped, its end is known, and nothing runs on.
func TestStopWhileStarting(t *testing.T) {
	t.Parallel()
	for range 20 {
		d := root(t)
		result := make(chan job.Result, 1)
		failed := make(chan error, 1)
		go func() {
			got, err := d.Run(within(t), local, spec("a", "sleep 1000"), nil)
			result <- got
			failed <- err
		}()
		appears(t, string(d)+"/a")
		require.NoError(t, d.Stop(within(t), local, "a", 5*time.Second))
		require.NoError(t, <-failed)
		require.Equal(t, 143, (<-result).Exit)
		require.Empty(t, processes(t, "AIOLOS_JOB_DIR="+string(d)))
	}
}

func TestStopChecksID(t *testing.T) {
	t.Parallel()
	var wrong *job.SpecError
	require.ErrorAs(t, root(t).Stop(within(t), local, "../x", time.Second), &wrong)
}

func TestPrune(t *testing.T) {
	t.Parallel()
	d := root(t)
	n, err := d.Prune(within(t), local, 0, 0)
	require.NoError(t, err, "nothing was ever run")
	require.Zero(t, n)
	for _, id := range []string{"oldest", "old", "new"} {
		_, err := d.Run(within(t), local, spec(id, "true"), nil)
		require.NoError(t, err)
	}
	go func() { _, _ = d.Run(within(t), local, spec("running", ": >up; sleep 1000"), nil) }()
	appears(t, string(d)+"/running/files/up")
	require.NoError(t, os.MkdirAll(string(d)+"/.new.stale/files", 0o700))
	require.NoError(t, os.MkdirAll(string(d)+"/.new.fresh/files", 0o700))
	for id, age := range map[string]time.Duration{"oldest": 9, "old": 5, "running": 9, ".new.stale": 9} {
		then := time.Now().Add(-age * time.Hour)
		require.NoError(t, os.Chtimes(string(d)+"/"+id, then, then))
	}
	names := func() string {
		entries, err := os.ReadDir(string(d))
		require.NoError(t, err)
		var found []string
		for _, e := range entries {
			found = append(found, e.Name())
		}
		return strings.Join(found, " ")
	}
	n, err = d.Prune(within(t), local, time.Hour, 2)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, ".new.fresh new old running", names())
	n, err = d.Prune(within(t), local, time.Hour, 0)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, ".new.fresh new running", names())
	require.NoError(t, d.Stop(within(t), local, "running", time.Second))
}

func TestReadFile(t *testing.T) {
	t.Parallel()
	d := root(t)
	_, err := d.Run(within(t), local, spec("a", "printf 'a\\0b' >report; ln -s /etc/passwd link; mkdir dir"), nil)
	require.NoError(t, err)
	got, err := d.ReadFile(within(t), local, "a", "files/report", 3)
	require.NoError(t, err)
	require.Equal(t, "a\x00b", string(got))
	var file *job.FileError
	_, err = d.ReadFile(within(t), local, "a", "files/report", 2)
	require.ErrorAs(t, err, &file)
	require.NotErrorIs(t, err, fs.ErrNotExist)
	for _, missing := range []string{"files/none", "files/link", "files/dir", "files/report/x"} {
		_, err = d.ReadFile(within(t), local, "a", missing, 10)
		require.ErrorIs(t, err, fs.ErrNotExist, missing)
	}
	for _, bad := range []string{"", "/etc/passwd", "../b/exit", "files/../exit", "files/", "a b", "-x"} {
		var wrong *job.SpecError
		_, err = d.ReadFile(within(t), local, "a", bad, 10)
		require.ErrorAs(t, err, &wrong, bad)
	}
}

func TestPruneDefault(t *testing.T) {
	t.Parallel()
	d := root(t)
	for i := range 25 {
		id := fmt.Sprintf("job%02d", i)
		require.NoError(t, d.Stop(within(t), local, id, time.Second))
		then := time.Now().Add(-15*24*time.Hour + time.Duration(i)*time.Minute)
		require.NoError(t, os.Chtimes(string(d)+"/"+id, then, then))
	}
	var all sync.WaitGroup
	var removed [2]int
	for i := range removed {
		all.Go(func() {
			n, err := d.PruneDefault(within(t), local)
			require.NoError(t, err)
			removed[i] = n
		})
	}
	all.Wait()
	n, err := d.PruneDefault(within(t), local)
	require.NoError(t, err)
	require.Equal(t, 5, n+removed[0]+removed[1], "the last 20 stay")
	require.NoDirExists(t, string(d)+"/job04")
	require.DirExists(t, string(d)+"/job05")
	n, err = d.PruneDefault(within(t), local)
	require.NoError(t, err)
	require.Zero(t, n)
}
