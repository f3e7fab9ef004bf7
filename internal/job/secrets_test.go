package job_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/internal/job"
)

const hush = "hush/7261&$HOME"

func secretive(id, script string) job.Spec {
	s := spec(id, script)
	s.Env = map[string]string{"SECRET": hush}
	s.Secrets = []string{hush, "line one\nline two\n"}
	return s
}

// filters finds the processes that mask the output of a job.
func filters(t testing.TB, d job.Dir, id string) (found []int) {
	t.Helper()
	for _, pid := range processes(t, "sed\x00-u") {
		if cwd, _ := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid)); cwd == string(d)+"/"+id {
			found = append(found, pid)
		}
	}
	return found
}

func TestSecretsAreMasked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, script string
		exit         int
		output       string
	}{
		{"nothing", "", 0, ""},
		{"plain", "echo a", 0, "a\n"},
		{"both streams as they come", `echo 1; echo "$SECRET$SECRET" >&2; echo "3 $SECRET"`, 0, "1\n******\n3 ***\n"},
		{"without a newline at the end", `printf 'x%s' "$SECRET"`, 0, "x***"},
		{"exit code", `echo "$SECRET"; exit 42`, 42, "***\n"},
		{"signal", "echo x; kill -9 $$", 137, "x\n"},
		{"of several lines", "echo 'line two'; echo 'line one'", 0, "***\n***\n"},
		{"binary", `printf '\0\377%s\0\n\001' "$SECRET"`, 0, "\x00\xff***\x00\n\x01"},
		{"in pieces", `printf '%s' 'hush/72'; sleep 0.2; printf '%s\n' '61&$HOME'`, 0, "***\n"},
		{"long line", `head -c 300000 /dev/zero | tr '\0' x; echo "$SECRET"`, 0, strings.Repeat("x", 300000) + "***\n"},
		{"traced", "#!/bin/sh -x\n: \"$SECRET\"", 0, "+ : ***\n"},
		{"neither lock nor pipe is inherited", "for n in 3 4 5 6 7 8 9; do [ ! -e /proc/$$/fd/$n ] || echo $n; done; [ -p /proc/$$/fd/1 ] && echo pipe", 0, "pipe\n"},
		{"own group", "#!/bin/bash\n[ $$ = $(cut -d' ' -f5 /proc/$$/stat) ]", 0, ""},
		{"closes its output", "exec >&- 2>&-; exit 5", 5, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := root(t)
			for _, found := range []bool{false, true} {
				got, err := d.Run(within(t), local, secretive("a", c.script), nil)
				require.NoError(t, err)
				require.Equal(t, c.exit, got.Exit, "%s", got.Tail)
				require.Equal(t, c.output[:min(len(c.output), job.HeadBytes)], string(got.Head))
				require.Equal(t, c.output[max(0, len(c.output)-job.TailBytes):], string(got.Tail))
				require.EqualValues(t, len(c.output), got.Size)
				require.Equal(t, found, got.Found)
			}
			require.NoFileExists(t, string(d)+"/a/mask")
			require.NoFileExists(t, string(d)+"/a/pipe")
			require.NoFileExists(t, string(d)+"/a/env")
			require.Empty(t, filters(t, d, "a"))
		})
	}
}

func TestMaskedOutputIsLive(t *testing.T) {
	t.Parallel()
	d := root(t)
	gate := filepath.Join(t.TempDir(), "gate")
	require.NoError(t, syscall.Mkfifo(gate, 0o600))
	s := secretive("a", `echo "is $SECRET"; read -r line <`+gate+"; exit 3")
	ctx, cancel := context.WithCancel(within(t))
	_, err := d.Run(ctx, local, s, func(p job.Progress) {
		if p.LastLine == "is ***" {
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, within(t).Err())
	info, err := os.Stat(string(d) + "/a/mask")
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())
	go func() { _ = os.WriteFile(gate, []byte("go\n"), 0) }()
	got, err := d.Run(within(t), local, s, nil)
	require.NoError(t, err)
	require.Equal(t, 3, got.Exit)
	require.Equal(t, "is ***\n", string(got.Tail))
}

func TestSecretsAreNowhereElse(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	log := filepath.Join(bin, "log")
	require.NoError(t, os.WriteFile(bin+"/logger", []byte("#!/bin/sh\ncat >"+log+".new; mv "+log+".new "+log+"\n"), 0o700))
	r := local
	r.Env = []string{"PATH=" + bin + ":" + os.Getenv("PATH")}
	d := root(t)
	s := secretive("a", `echo "$SECRET"
for p in /proc/[0-9]*; do
	cat "$p/cmdline" "$p/environ" 2>/dev/null
done | tr '\0' '\n' >seen`)
	s.Env = nil
	s.Secrets = []string{"nowhere-" + "else-7261"}
	s.Script = append([]byte("SECRET=nowhere-'else-7261'\n"), s.Script...)
	got, err := d.Run(within(t), r, s, nil)
	require.NoError(t, err)
	require.Equal(t, "***\n", string(got.Tail))
	seen, err := os.ReadFile(string(d) + "/a/files/seen")
	require.NoError(t, err)
	require.Contains(t, string(seen), "\n-u\n-f\nmask\n")
	require.NotContains(t, string(seen), "nowhere-else")
	appears(t, log)
	text, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Equal(t, "***\n", string(text))
}

func TestMaskedLargeOutput(t *testing.T) {
	t.Parallel()
	d := root(t)
	got, err := d.Run(within(t), local, secretive("a", `seq 100000; echo "$SECRET"; seq 1000; exit 9`), func(job.Progress) {})
	require.NoError(t, err)
	require.Equal(t, 9, got.Exit)
	var want strings.Builder
	for _, n := range []int{100_000, 1000} {
		for i := 1; i <= n; i++ {
			fmt.Fprintln(&want, i)
		}
		if n > 1000 {
			want.WriteString("***\n")
		}
	}
	require.EqualValues(t, want.Len(), got.Size)
	whole, err := os.ReadFile(string(d) + "/a/output")
	require.NoError(t, err)
	require.Equal(t, want.String(), string(whole))
}

// A daemon keeps the pipe. Nobody waits for it, it may go on writing, and what it
// writes is masked.
func TestMaskedDaemonLeftBehind(t *testing.T) {
	t.Parallel()
	d := root(t)
	gate := filepath.Join(t.TempDir(), "gate")
	require.NoError(t, syscall.Mkfifo(gate, 0o600))
	script := `setsid sh -c 'read -r line <` + gate + `; echo "late $SECRET"; echo alive >survived; exec sleep 1000' & echo "$SECRET is up"; exit 4`
	begin := time.Now()
	got, err := d.Run(within(t), local, secretive("a", script), nil)
	require.NoError(t, err)
	require.Equal(t, 4, got.Exit)
	require.Equal(t, "*** is up\n", string(got.Tail))
	require.Less(t, got.Seconds, 2.0, "what is waited for the filter is not the script's time")
	require.Less(t, time.Since(begin), 8*time.Second)
	require.NoFileExists(t, string(d)+"/a/mask")
	require.Len(t, filters(t, d, "a"), 1)

	require.NoError(t, os.WriteFile(gate, []byte("go\n"), 0))
	appears(t, string(d)+"/a/files/survived")
	require.Eventually(t, func() bool {
		text, err := os.ReadFile(string(d) + "/a/output")
		return err == nil && string(text) == "*** is up\nlate ***\n"
	}, 5*time.Second, 5*time.Millisecond)
	for _, pid := range processes(t, "AIOLOS_JOB_DIR="+string(d)+"/a") {
		require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	}
	require.Eventually(t, func() bool { return len(filters(t, d, "a")) == 0 }, 5*time.Second, 10*time.Millisecond, "the filter ends with it")
}

func TestFilterIsKilled(t *testing.T) {
	t.Parallel()
	d := root(t)
	gate := filepath.Join(t.TempDir(), "gate")
	require.NoError(t, syscall.Mkfifo(gate, 0o600))
	script := `echo "one $SECRET"; printf 'two hush/'; read -r line <` + gate + `; echo '7261&$HOME'; echo "three $SECRET"; seq 100000 | tail -n 90000; echo four; exit 6`
	up := make(chan struct{}, 1)
	go func() {
		<-up
		for _, pid := range filters(t, d, "a") {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		_ = os.WriteFile(gate, []byte("go\n"), 0)
	}()
	got, err := d.Run(within(t), local, secretive("a", script), func(p job.Progress) {
		if p.LastLine == "one ***" {
			select {
			case up <- struct{}{}:
			default:
			}
		}
	})
	require.NoError(t, err)
	require.Equal(t, 6, got.Exit, "the script does not notice")
	whole, err := os.ReadFile(string(d) + "/a/output")
	require.NoError(t, err)
	require.Equal(t, "one ***\nthree ***\n10001\n", string(whole[:24]), "nor is half of a value shown")
	require.Equal(t, "100000\nfour\n", string(whole[len(whole)-12:]))
	require.Equal(t, 90_000+3, strings.Count(string(whole), "\n"), "but for the line that was cut, nothing is lost")
}

// Where the filter cannot run at all, the output is not shown, and all else is right.
func TestFilterNeverWorks(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	require.NoError(t, os.WriteFile(bin+"/sed", []byte("#!/bin/sh\nexit 4\n"), 0o700))
	r := local
	r.Env = []string{"PATH=" + bin + ":" + os.Getenv("PATH")}
	d := root(t)
	got, err := d.Run(within(t), r, secretive("a", `seq 100000; echo "$SECRET"; echo k=v >"$AIOLOS_OUTPUT"; exit 8`), nil)
	require.NoError(t, err)
	require.Equal(t, 8, got.Exit)
	require.Equal(t, map[string]string{"k": "v"}, got.Outputs)
	require.Contains(t, string(got.Tail), "not shown")
	require.Less(t, got.Size, int64(200))
}

func TestStopWithSecrets(t *testing.T) {
	t.Parallel()
	d := root(t)
	result := make(chan job.Result, 1)
	failed := make(chan error, 1)
	go func() {
		// What TERM does not end keeps the pipe, and a daemon keeps it even then.
		got, err := d.Run(within(t), local, secretive("a", `trap '' TERM; setsid sleep 1000 & echo "$SECRET"; : >up; sleep 1000; sleep 1000`), nil)
		result <- got
		failed <- err
	}()
	appears(t, string(d)+"/a/files/up")
	require.NoError(t, d.Stop(within(t), local, "a", 500*time.Millisecond))
	require.NoError(t, <-failed)
	got := <-result
	require.Equal(t, 137, got.Exit)
	require.Equal(t, "***\n", string(got.Tail))
}

func TestWrapperWithFilterKilled(t *testing.T) {
	t.Parallel()
	d := root(t)
	failed := make(chan error, 1)
	up := make(chan struct{}, 100)
	go func() {
		_, err := d.Run(within(t), local, secretive("a", `echo "evidence $SECRET"; sleep 1000 & wait`), outputTo(up))
		failed <- err
	}()
	<-up
	require.NoError(t, syscall.Kill(wrapper(t, d, "a"), syscall.SIGKILL))
	err := <-failed
	var lost *job.LostError
	require.ErrorAs(t, err, &lost)
	require.Equal(t, []string{"evidence ***"}, lost.Evidence())
	require.Eventually(t, func() bool { return len(filters(t, d, "a")) == 0 }, 5*time.Second, 10*time.Millisecond)
	require.NoError(t, d.Scrub(within(t), local, "a"))
	require.NoFileExists(t, string(d)+"/a/mask")
}

func TestWrongOutputIsMasked(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"whole":           `echo "$SECRET" >"$AIOLOS_OUTPUT"`,
		"across the edge": `printf '%050d%s\n' 0 "$SECRET" >"$AIOLOS_OUTPUT"`,
	} {
		s := secretive("a", script)
		s.Env["SECRET"] = "hush-7261-hush-7261"
		s.Secrets = []string{"hush-7261-hush-7261"}
		_, err := root(t).Run(within(t), local, s, nil)
		var bad *job.OutputError
		require.ErrorAs(t, err, &bad, name)
		require.NotContains(t, err.Error(), "hush")
		require.Contains(t, bad.Name, "***")
	}
}

func TestSecretsAreBounded(t *testing.T) {
	t.Parallel()
	s := spec("a", "true")
	s.Secrets = []string{strings.Repeat("hush", 1<<18), "x"}
	_, err := root(t).Run(within(t), failing{os.ErrInvalid}, s, nil)
	var wrong *job.SpecError
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, "secrets", wrong.Field)
	require.NotContains(t, err.Error(), "hush")
}
