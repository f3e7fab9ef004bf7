package job_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"aiolos/deploy"
	"aiolos/internal/job"
)

// small makes a directory for jobs on a disk of its own, of a megabyte.
func small(t *testing.T) job.Dir {
	t.Helper()
	d := root(t)
	require.NoError(t, os.MkdirAll(string(d), 0o700))
	if err := unix.Mount("tmpfs", string(d), "tmpfs", 0, "size=1m,nr_inodes=200"); err != nil {
		t.Skip("left out: it needs to mount a disk:", err)
	}
	t.Cleanup(func() { require.NoError(t, unix.Unmount(string(d), unix.MNT_DETACH)) })
	return d
}

// fill leaves no room on the disk.
func fill(t *testing.T, d job.Dir) string {
	t.Helper()
	file := string(d) + "/.fill"
	f, err := os.Create(file)
	require.NoError(t, err)
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	require.ErrorIs(t, err, unix.ENOSPC)
	return file
}

func TestDiskFullAtTheStart(t *testing.T) {
	t.Parallel()
	d := small(t)
	file := fill(t, d)
	_, err := d.Run(within(t), local, spec("a", "echo ran"), nil)
	var full *job.DiskFullError
	require.ErrorAs(t, err, &full)
	require.Equal(t, string(d), full.Path)
	require.Zero(t, full.Free)
	require.Equal(t, "a", full.ID)
	require.Equal(t, deploy.KindJob, full.Kind())
	require.ErrorContains(t, err, "start job a: the disk of "+string(d)+" is full: 0 bytes are free")
	require.NoDirExists(t, string(d)+"/a")
	require.ErrorAs(t, d.Stop(within(t), local, "b", time.Second), &full)
	require.Equal(t, "stop", full.Doing)

	require.NoError(t, os.Remove(file))
	got, err := d.Run(within(t), local, spec("a", "echo ran"), nil)
	require.NoError(t, err, "of the same ID, since it never began")
	require.Equal(t, "ran\n", string(got.Tail))
	require.Nil(t, got.Full)
}

func TestDiskOfNoMoreFiles(t *testing.T) {
	t.Parallel()
	d := small(t)
	for i := 0; ; i++ {
		if err := os.WriteFile(fmt.Sprintf("%s/.f%d", d, i), nil, 0o600); err != nil {
			break
		}
	}
	_, err := d.Run(within(t), local, spec("a", "true"), nil)
	var full *job.DiskFullError
	require.ErrorAs(t, err, &full)
	require.Zero(t, full.Files)
	require.ErrorContains(t, err, "no more files")
}

func TestDiskTooSmallForTheArchive(t *testing.T) {
	t.Parallel()
	d := small(t)
	s := spec("a", "true")
	s.Archive = archive(t, entry{name: "big", mode: 0o600, body: strings.Repeat("x", 3<<20)})
	_, err := d.Run(within(t), local, s, nil)
	var full *job.DiskFullError
	require.ErrorAs(t, err, &full)
	left, err := os.ReadDir(string(d))
	require.NoError(t, err)
	require.Empty(t, left)
}

// The job has been sent, and there is room no more when its script is to begin.
func TestDiskFullBeforeTheScript(t *testing.T) {
	t.Parallel()
	d := small(t)
	first := exclusively(t, d, "first", ": >up; until [ -e go ]; do sleep 0.02; done")
	appears(t, string(d)+"/first/files/up")
	second := exclusively(t, d, "second", "echo ran >>/proc/self/fd/1")
	waits(t, d, "second")
	appears(t, string(d)+"/second/pid")
	fill(t, d)
	require.NoError(t, os.Truncate(string(d)+"/second/pid", 0))
	require.NoError(t, os.WriteFile(string(d)+"/.fill2", make([]byte, 4096), 0o600))
	require.NoError(t, os.WriteFile(string(d)+"/first/files/go", nil, 0o600))
	got := <-first
	require.NoError(t, got.error)
	require.Zero(t, got.Exit, "what has begun ends as ever")
	var full *job.DiskFullError
	require.ErrorAs(t, (<-second).error, &full)
	require.Equal(t, "start", full.Doing)
}

func TestDiskFullWhileRunning(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, script string
		exit         int
		secrets      []string
	}{
		{"a result is not lost", "echo begun; head -c 5000000 /dev/zero >big 2>/dev/null; exit 7", 7, nil},
		{"nor is success", "echo begun; head -c 5000000 /dev/zero >big 2>/dev/null; exit 0", 0, nil},
		{"nor where the output has no room", "echo begun; head -c 5000000 /dev/zero; exit 9", 9, nil},
		{"nor where it is masked", "echo begun; yes | head -c 5000000; exit 9", 9, []string{"hush-hush"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := small(t)
			s := spec("a", c.script)
			s.Secrets = c.secrets
			for range 2 {
				got, err := d.Run(within(t), local, s, nil)
				require.NoError(t, err)
				require.Equal(t, c.exit, got.Exit)
				require.Contains(t, string(got.Head), "begun\n")
				require.Equal(t, c.exit != 0, got.Full != nil)
				if got.Full != nil {
					require.Equal(t, string(d)+"/a", got.Full.Path)
					require.Less(t, got.Full.Free, int64(64<<10))
					require.ErrorContains(t, got.Full, "run job a: the disk of")
				}
			}
		})
	}
}
