package job_test

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/job"
	"aiolos/internal/remote"
)

type entry struct {
	name, body, link string
	mode             int64
	kind             byte
}

func archive(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Mode: e.mode, Size: int64(len(e.body)), Typeflag: e.kind, Linkname: e.link, Uid: 4711, Gid: 4711}
		switch e.kind {
		case 0:
			h.Typeflag = tar.TypeReg
		case tar.TypeXGlobalHeader:
			h = &tar.Header{Typeflag: e.kind, Name: e.name, PAXRecords: map[string]string{"comment": "a commit"}}
		}
		require.NoError(t, w.WriteHeader(h))
		_, err := w.Write([]byte(e.body))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func limited(c remote.Command, n int64) io.Reader {
	if c.Stdin == nil {
		return nil
	}
	return io.LimitReader(c.Stdin, n)
}

// everyByte holds each byte that an environment may.
func everyByte() string {
	var b strings.Builder
	for i := 1; i < 256; i++ {
		b.WriteByte(byte(i))
	}
	return b.String()
}

func TestHostileEnvironment(t *testing.T) {
	t.Parallel()
	d := root(t)
	canary := filepath.Join(t.TempDir(), "canary")
	values := map[string]string{
		"A": everyByte(), "B": "$(touch " + canary + ")", "C": "'; touch " + canary + "; '", "D": "`touch " + canary + "`",
		"E": "ends\n\n", "F": "", "dir": "/nowhere", "pid": "1", "setsid": "x", "environment": "x",
		"S": "\\'\"", "LONG": strings.Repeat("x", 100_000),
	}
	var script strings.Builder
	script.WriteString("#!/bin/bash\n")
	for name := range values {
		script.WriteString(`printf %s "$` + name + `" >` + name + "\n")
	}
	s := spec("a", script.String())
	s.Env = values
	got, err := d.Run(within(t), local, s, nil)
	require.NoError(t, err)
	require.Zero(t, got.Exit, "%s", got.Tail)
	require.NoFileExists(t, canary)
	for name, want := range values {
		found, err := os.ReadFile(string(d) + "/a/files/" + name)
		require.NoError(t, err)
		require.Equal(t, want, string(found), name)
	}
	require.NoFileExists(t, string(d)+"/a/env", "secrets do not stay")
}

func TestPathOfTheScriptIsNotOurs(t *testing.T) {
	t.Parallel()
	s := spec("a", "echo \"$PATH\"")
	s.Env = map[string]string{"PATH": "/nowhere", "IFS": "/"}
	got, err := root(t).Run(within(t), local, s, nil)
	require.NoError(t, err)
	require.Equal(t, "/nowhere\n", string(got.Tail))
}

func TestSecretsAreNotOnCommandLines(t *testing.T) {
	t.Parallel()
	d := root(t)
	s := spec("a", `for p in /proc/[0-9]*/cmdline; do tr '\0' ' ' <$p; echo; done 2>/dev/null`)
	s.Env = map[string]string{"SECRET": "hush-" + "hush-7261"}
	got, err := d.Run(within(t), local, s, nil)
	require.NoError(t, err)
	require.Contains(t, string(got.Tail), "wrapper")
	require.NotContains(t, string(got.Tail), "hush-hush-7261")
	info, err := os.Stat(string(d) + "/a")
	require.NoError(t, err)
	require.EqualValues(t, 0o700, info.Mode().Perm())
}

func TestArchive(t *testing.T) {
	t.Parallel()
	d := root(t)
	s := spec("a", "./bin/tool; stat -c '%a %n' bin/tool data ro; readlink link; cat hard; ls ro")
	s.Archive = archive(t,
		entry{name: "pax_global_header", kind: tar.TypeXGlobalHeader},
		entry{name: "./bin/", mode: 0o755, kind: tar.TypeDir},
		entry{name: "bin/tool", mode: 0o755, body: "#!/bin/sh\necho tool\n"},
		entry{name: "data", mode: 0o640, body: "data\n"},
		entry{name: "ro", mode: 0o555, kind: tar.TypeDir},
		entry{name: "ro/in", mode: 0o444},
		entry{name: "link", link: "/etc", mode: 0o777, kind: tar.TypeSymlink},
		entry{name: "hard", link: "data", mode: 0o640, kind: tar.TypeLink},
		entry{name: strings.Repeat("long/", 60) + "name é", mode: 0o644},
	)
	got, err := d.Run(within(t), local, s, nil)
	require.NoError(t, err)
	require.Equal(t, "tool\n755 bin/tool\n640 data\n555 ro\n/etc\ndata\nin\n", string(got.Tail))
}

func TestLargeArchiveIsSentOnce(t *testing.T) {
	t.Parallel()
	d := root(t)
	s := spec("a", "wc -c <big")
	s.Archive = archive(t, entry{name: "big", mode: 0o644, body: strings.Repeat("0123456789", 500_000)})
	got, err := d.Run(within(t), local, s, nil)
	require.NoError(t, err)
	require.Equal(t, "5000000\n", string(got.Tail))
	require.False(t, got.Found)
	got, err = d.Run(within(t), cutting{local, 0}, s, nil)
	require.NoError(t, err, "it need not be sent again")
	require.True(t, got.Found)
}

func TestWrongSpecs(t *testing.T) {
	t.Parallel()
	ok := spec("a", "true")
	for field, change := range map[string]func(*job.Spec){
		"id":                 func(s *job.Spec) { s.ID = "../a" },
		"tag":                func(s *job.Spec) { s.Tag = "-s" },
		"script":             func(s *job.Spec) { s.Script = []byte("a\x00b") },
		"env":                func(s *job.Spec) { s.Env = map[string]string{"a-b": ""} },
		"env.X":              func(s *job.Spec) { s.Env = map[string]string{"X": "sec\x00ret"} },
		"env.UID":            func(s *job.Spec) { s.Env = map[string]string{"UID": "secret"} },
		"env.AIOLOS_JOB_DIR": func(s *job.Spec) { s.Env = map[string]string{"AIOLOS_JOB_DIR": "secret"} },
		"env.BIG":            func(s *job.Spec) { s.Env = map[string]string{"BIG": strings.Repeat("secret", 30_000)} },
		"archive":            func(s *job.Spec) { s.Archive = archive(t, entry{name: "../x"}) },
	} {
		s := ok
		change(&s)
		_, err := job.Dir("/nowhere").Run(within(t), failing{os.ErrInvalid}, s, nil)
		var wrong *job.SpecError
		require.ErrorAs(t, err, &wrong, field)
		require.Equal(t, field, wrong.Field)
		require.Equal(t, deploy.KindInvalidRequest, wrong.Kind())
		require.NotContains(t, err.Error(), "secret")
	}
	for _, e := range []entry{
		{name: "/etc/x"}, {name: "a/../../x"}, {name: "x", kind: tar.TypeFifo}, {name: "x", kind: tar.TypeChar},
		{name: "x", kind: tar.TypeLink, link: "../../x"},
	} {
		s := ok
		s.Archive = archive(t, e)
		_, err := job.Dir("/nowhere").Run(within(t), failing{os.ErrInvalid}, s, nil)
		var wrong *job.SpecError
		require.ErrorAs(t, err, &wrong, "%+v", e)
	}
	s := ok
	s.Archive = archive(t, entry{name: "x", body: strings.Repeat("x", 2000)})[:1000]
	_, err := job.Dir("/nowhere").Run(within(t), failing{os.ErrInvalid}, s, nil)
	var wrong *job.SpecError
	require.ErrorAs(t, err, &wrong)
}

func TestSyslogGetsAllLines(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	log := filepath.Join(bin, "log")
	require.NoError(t, os.WriteFile(bin+"/logger", []byte("#!/bin/sh\necho \"$@\" >"+log+".args; cat >"+log+".new; mv "+log+".new "+log+"\n"), 0o700))
	r := local
	r.Env = []string{"PATH=" + bin + ":" + os.Getenv("PATH")}
	s := spec("a", "seq 1000; exit 1")
	s.Tag = "configure"
	got, err := root(t).Run(within(t), r, s, nil)
	require.NoError(t, err)
	appears(t, log)
	text, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Equal(t, string(got.Tail), string(text))
	args, err := os.ReadFile(log + ".args")
	require.NoError(t, err)
	require.Equal(t, "-t configure\n", string(args))
}

func TestStalledSyslogDelaysNothing(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	require.NoError(t, os.WriteFile(bin+"/logger", []byte("#!/bin/sh\nexec sleep 30\n"), 0o700))
	r := local
	r.Env = []string{"PATH=" + bin + ":" + os.Getenv("PATH")}
	begin := time.Now()
	got, err := root(t).Run(within(t), r, spec("a", "seq 1000000"), nil)
	require.NoError(t, err)
	require.Zero(t, got.Exit)
	require.Less(t, time.Since(begin), 10*time.Second)
}
