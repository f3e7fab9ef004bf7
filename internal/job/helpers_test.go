package job_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"aiolos/internal/job"
	"aiolos/internal/remote/remotetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var local = remotetest.Local{}

// within bounds a test that waits for something to happen.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// root makes a directory for jobs, and ends the jobs in it after the test.
func root(t testing.TB) job.Dir {
	t.Helper()
	dir := t.TempDir()
	t.Cleanup(func() {
		// The directory above is the test's own.
		for _, p := range processes(t, filepath.Dir(dir)+"/") {
			_ = syscall.Kill(p, syscall.SIGKILL)
		}
		_ = filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
			if err == nil && e.IsDir() {
				_ = os.Chmod(path, 0o700)
			}
			return nil
		})
	})
	return job.Dir(filepath.Join(dir, "jobs"))
}

// processes finds those that have text in their environment or command line.
func processes(t testing.TB, text string) (found []int) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(t, err)
	for _, p := range all {
		environ, _ := os.ReadFile(p + "/environ")
		line, _ := os.ReadFile(p + "/cmdline")
		pid, _ := strconv.Atoi(filepath.Base(p))
		if pid != os.Getpid() && strings.Contains(string(environ)+string(line), text) {
			found = append(found, pid)
		}
	}
	return found
}

// wrapper finds the process that looks after a job.
func wrapper(t testing.TB, d job.Dir, id string) int {
	t.Helper()
	found := 0
	require.Eventually(t, func() bool {
		for _, pid := range processes(t, string(d)+"/"+id+"/wrapper") {
			// What it forks looks like it for a moment, but leads no session.
			if session, err := unix.Getsid(pid); err == nil && session == pid {
				found = pid
			}
		}
		return found != 0
	}, 5*time.Second, 5*time.Millisecond, "no wrapper of job %s", id)
	return found
}

func spec(id, script string) job.Spec {
	return job.Spec{ID: id, Tag: "test", Script: []byte(script)}
}

// appears waits for a file.
func appears(t testing.TB, file string) {
	t.Helper()
	require.Eventually(t, func() bool { _, err := os.Stat(file); return err == nil },
		10*time.Second, 2*time.Millisecond, "no %s", file)
}

// outputTo tells of output that came.
func outputTo(seen chan<- struct{}) func(job.Progress) {
	return func(p job.Progress) {
		if p.Offset > 0 {
			seen <- struct{}{}
		}
	}
}
