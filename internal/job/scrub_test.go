package job_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/internal/job"
	"aiolos/internal/remote"
)

// left are the names in the directory of a job, and fails if any file below holds
// what must not be there.
func left(t *testing.T, d job.Dir, id string) string {
	t.Helper()
	out, err := exec.Command("grep", "-rlF", hush, string(d)).CombinedOutput()
	require.Error(t, err, "%s", out) // there is none
	entries, err := os.ReadDir(filepath.Join(string(d), id))
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func TestScrub(t *testing.T) {
	t.Parallel()
	d := root(t)
	s := secretive("a", `echo "it is $SECRET"; echo "$SECRET" >kept; echo "$SECRET" >"$AIOLOS_JOB_DIR/.hidden"; mkdir -m 0 sub
echo "k=$SECRET" >"$AIOLOS_OUTPUT"; ln -s /etc link; exit 7 # `+hush)
	s.Archive = archive(t, entry{name: "conf/f", mode: 0o400, body: hush})
	before, err := d.Run(within(t), local, s, nil)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"k": hush}, before.Outputs)
	for range 2 {
		require.NoError(t, d.Scrub(within(t), local, "a"))
		require.Equal(t, "boot exit lock output pid started", left(t, d, "a"))
		after, err := d.Run(within(t), local, s, nil)
		require.NoError(t, err)
		require.True(t, after.Found)
		before.Found, before.Outputs = true, map[string]string{}
		require.Equal(t, before, after, "who comes later learns how it ended, but for the outputs")
		require.NoError(t, d.Stop(within(t), local, "a", time.Second))
	}
	require.DirExists(t, "/etc")
	_, err = d.ReadFile(within(t), local, "a", "files/kept", 100)
	require.ErrorIs(t, err, os.ErrNotExist)
	n, err := d.Prune(within(t), local, -time.Hour, 0)
	require.NoError(t, err)
	require.Equal(t, 1, n)
}

func TestScrubOfARunningJob(t *testing.T) {
	t.Parallel()
	d := root(t)
	failed := make(chan error, 1)
	go func() {
		_, err := d.Run(within(t), local, secretive("a", ": >up; sleep 1000"), nil)
		failed <- err
	}()
	appears(t, string(d)+"/a/files/up")
	err := d.Scrub(within(t), local, "a")
	var refused *job.NodeError
	require.ErrorAs(t, err, &refused)
	require.ErrorContains(t, err, "scrub job a: the job has not ended")
	require.FileExists(t, string(d)+"/a/files/up")
	require.NoError(t, d.Stop(within(t), local, "a", time.Second))
	require.NoError(t, <-failed)
	require.NoError(t, d.Scrub(within(t), local, "a"))
	left(t, d, "a")
}

// What was never started is gone as a whole, so that it may still be started.
func TestScrubOfWhatNeverRan(t *testing.T) {
	t.Parallel()
	d := root(t)
	require.NoError(t, d.Scrub(within(t), local, "a"), "there is nothing at all")
	s := secretive("a", `echo "$SECRET"`)
	_, err := d.Run(within(t), local, s, nil)
	require.NoError(t, err)
	for _, f := range []string{"started", "exit", "pid", "boot"} {
		require.NoError(t, os.Remove(string(d)+"/a/"+f))
	}
	require.NoError(t, d.Scrub(within(t), local, "a"))
	entries, err := os.ReadDir(string(d))
	require.NoError(t, err)
	require.Empty(t, entries)
	got, err := d.Run(within(t), local, s, nil)
	require.NoError(t, err)
	require.False(t, got.Found)
	require.Equal(t, "***\n", string(got.Tail))
}

// A launcher may die while the files arrive, and leave some of them.
func TestScrubOfHalfSentFiles(t *testing.T) {
	t.Parallel()
	d := root(t)
	_, err := d.Run(within(t), local, secretive("a", "true"), nil)
	require.NoError(t, err)
	nonce := strings.Repeat("N", 26)
	for _, name := range []string{".new." + nonce + ".a", ".new." + nonce + ".b.a", ".new." + nonce + ".aa"} {
		require.NoError(t, os.MkdirAll(string(d)+"/"+name+"/files", 0o700))
	}
	require.NoError(t, os.WriteFile(string(d)+"/.new."+nonce+".a/env", []byte(hush), 0o600))
	require.NoError(t, d.Scrub(within(t), local, "a"))
	left(t, d, "a")
	require.DirExists(t, string(d)+"/.new."+nonce+".b.a", "another job's")
	require.DirExists(t, string(d)+"/.new."+nonce+".aa", "another job's")
}

func TestScrubChecksID(t *testing.T) {
	t.Parallel()
	var wrong *job.SpecError
	require.ErrorAs(t, root(t).Scrub(within(t), local, "../x"), &wrong)
}

// What a script has mounted in its directory must outlive it.
func TestScrubSparesMounts(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 || exec.Command("unshare", "-m", "true").Run() != nil {
		t.Skip("left out: it needs to mount")
	}
	d := root(t)
	_, err := d.Run(within(t), local, secretive("a", "mkdir mnt"), nil)
	require.NoError(t, err)
	data := t.TempDir()
	require.NoError(t, os.WriteFile(data+"/precious", nil, 0o600))
	r := mounting{local, "mount --bind " + data + " " + string(d) + "/a/files/mnt || exit 99\n"}
	err = d.Scrub(within(t), r, "a")
	require.ErrorContains(t, err, "mounted")
	require.FileExists(t, data+"/precious")
	require.Equal(t, "boot exit files lock output pid started", left(t, d, "a"), "all else is gone")
	require.NoError(t, d.Scrub(within(t), local, "a"))
	require.FileExists(t, data+"/precious")
}

// mounting runs commands where something more is mounted.
type mounting struct {
	remote.Runner
	mount string
}

func (m mounting) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	script := m.mount + c.Script
	c.Script = `script=$1; shift; exec unshare -m sh -c "$script" sh "$@"`
	c.Args = append([]string{script}, c.Args...)
	return m.Runner.Run(ctx, c)
}
