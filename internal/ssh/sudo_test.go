package ssh

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aiolos/deploy"
	"aiolos/internal/job"
	"aiolos/internal/remote"
	"aiolos/internal/ssh/sshtest"
)

// sudoStandIn does what sudo does with its input, as far as this package uses it.
// PASSWORD is the right one, ASKS says whether it is asked for at all, and LOG takes
// a line for each attempt, LOG.line the command line. TestRealSudo holds it against the real one.
const sudoStandIn = `
tr '\0' ' ' <"/proc/$$/cmdline" >>"$LOG.line"
mode=
while [ $# -gt 0 ]; do
	case $1 in
	-n) mode=n ;;
	-S) mode=S ;;
	-p) prompt=$(printf %s "$2" | sed 's/%%/%/g'); shift ;;
	-H) ;;
	-u) [ "$2" = root ] || exit 9; shift ;;
	--) shift; break ;;
	*) echo "sudo: invalid option $1" >&2; exit 9 ;;
	esac
	shift
done
echo "sudo: unable to resolve host storage-0" >&2
if [ "$ASKS" = yes ]; then
	[ "$mode" = S ] || { echo "sudo: a password is required" >&2; exit 1; }
	tries=0
	while :; do
		printf %s "$prompt" >&2
		IFS= read -r line || { echo >&2; echo "sudo: no password was provided" >&2; exit 1; }
		tries=$((tries + 1))
		echo attempt >>"$LOG"
		[ "$line" = "$PASSWORD" ] && break
		[ $tries -lt 3 ] || { echo "sudo: 3 incorrect password attempts" >&2; exit 1; }
		echo "Sorry, try again." >&2
	done
fi
[ "$ASKS" != hang ] || sleep 60
[ "$ASKS" != other ] || { echo "Sorry, user deploy is not allowed to execute '$*' as root." >&2; exit 1; }
[ "$ASKS" != never ] || { echo "deploy is not in the sudoers file." >&2; exit 1; }
exec "$@"
`

// sudoServer is a machine on which sudo is the stand-in.
func sudoServer(t testing.TB, asks, password string) (s *sshtest.Server, log string) {
	dir := t.TempDir()
	log = filepath.Join(dir, "log")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sudo"), []byte("#!/bin/sh"+sudoStandIn), 0o700))
	s = sshtest.New(t, hostKey, publicOf(clientKey))
	s.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "ASKS=" + asks, "PASSWORD=" + password, "LOG=" + log}
	s.Listen(t)
	return s, log
}

func sudoTarget(s *sshtest.Server, password string) Target {
	t := targetOf(s)
	t.User, t.Sudo = "deploy", Sudo{On: true, Password: NewSecret([]byte(password))}
	return t
}

const rightPassword = `p'a$s "w" \o rd`

// TestSudoIsTransparent wants the same results as without it, whoever asks for what.
func TestSudoIsTransparent(t *testing.T) {
	for _, asks := range []string{"no", "yes"} {
		for _, password := range []string{"", rightPassword} {
			if asks == "yes" && password == "" {
				continue
			}
			t.Run(fmt.Sprintf("asks %s, given %t", asks, password != ""), func(t *testing.T) {
				s, _ := sudoServer(t, asks, rightPassword)
				sudoIsTransparent(t, newPool(t, config()).Runner(sudoTarget(s, password)))
				require.Equal(t, 1, s.Connections())
			})
		}
	}
}

func sudoIsTransparent(t *testing.T, r remote.Runner) {
	for name, c := range map[string]struct {
		command remote.Command
		want    remote.Result
	}{
		"nothing":      {remote.Command{Script: "true"}, remote.Result{}},
		"both streams": {remote.Command{Script: "echo out; echo err >&2"}, remote.Result{Stdout: []byte("out\n"), Stderr: []byte("err\n")}},
		"exit code":    {remote.Command{Script: "exit 1"}, remote.Result{Exit: 1}},
		"killed":       {remote.Command{Script: "kill -9 $$"}, remote.Result{Exit: 137}},
		"no input":     {remote.Command{Script: "cat"}, remote.Result{}},
		"input":        {remote.Command{Script: "cat", Stdin: strings.NewReader("in\n\n")}, remote.Result{Stdout: []byte("in\n\n")}},
		"unread input": {remote.Command{Script: "exit 4", Stdin: bytes.NewReader(make([]byte, 4<<20))}, remote.Result{Exit: 4}},
		"arguments":    {remote.Command{Script: `printf '%s|' "$@"`, Args: []string{"", "'", "-n", "--", "$(id)"}}, remote.Result{Stdout: []byte("|'|-n|--|$(id)|")}},
		"the name":     {remote.Command{Script: `echo "$0 $#"`}, remote.Result{Stdout: []byte("sh 0\n")}},
	} {
		got, err := r.Run(t.Context(), c.command)
		require.NoError(t, err, name)
		require.Equal(t, c.want.Exit, got.Exit, name)
		require.Equal(t, string(c.want.Stdout), string(got.Stdout), name)
		require.Equal(t, string(c.want.Stderr), string(got.Stderr), name)
	}
	data := make([]byte, 3<<20)
	_, _ = rand.Read(data)
	var back bytes.Buffer
	_, err := r.Run(t.Context(), remote.Command{Script: "cat", Stdin: bytes.NewReader(data), Stdout: &back})
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, back.Bytes()))

	// A job is a tar on standard input, a detached process, and output that is followed.
	dir := job.Dir(filepath.Join(t.TempDir(), "jobs"))
	result, err := dir.Run(t.Context(), r, job.Spec{ID: "j1", Tag: "test", Script: []byte("echo one; sleep 0.1; echo two; exit 5")}, nil)
	require.NoError(t, err)
	require.Equal(t, 5, result.Exit)
	require.Equal(t, "one\ntwo\n", string(result.Tail))
}

func TestSudoThatRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		asks, password, says string
		attempts             int
	}{
		"wants a password":    {"yes", "", "it ended without beginning the command: sudo: a password is required", 0},
		"wrong password":      {"yes", "no", "the password is wrong: sudo: no password was provided", 1},
		"not in sudoers":      {"never", "", "deploy is not in the sudoers file.", 0},
		"may do other things": {"other", "", "is not allowed to execute", 0},
		"not even with one":   {"never", rightPassword, "deploy is not in the sudoers file.", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s, log := sudoServer(t, c.asks, rightPassword)
			mark := filepath.Join(t.TempDir(), "mark")
			_, err := newPool(t, config()).Runner(sudoTarget(s, c.password)).Run(t.Context(), remote.Command{
				Script: `echo >"$1"`, Args: []string{mark}, Stdin: strings.NewReader("data\n"),
			})
			var e *SudoError
			require.ErrorAs(t, err, &e)
			require.Equal(t, deploy.KindAuth, e.Kind())
			require.Contains(t, err.Error(), c.says)
			require.Contains(t, err.Error(), "storage-0")
			require.Contains(t, err.Error(), "user deploy")
			require.NotContains(t, strings.Join(e.Evidence(), ""), "aiolos-asks")
			require.NoFileExists(t, mark)
			// One wrong password is one failed attempt: more would lock the user out.
			attempts, _ := os.ReadFile(log)
			require.Equal(t, c.attempts, bytes.Count(attempts, []byte("attempt")))
		})
	}
}

func TestSudoIsMissing(t *testing.T) {
	s := sshtest.New(t, hostKey, publicOf(clientKey))
	dir := t.TempDir()
	sh, err := os.Readlink("/bin/sh")
	require.NoError(t, err)
	require.NoError(t, os.Symlink(filepath.Join("/bin", filepath.Base(sh)), filepath.Join(dir, "sh")))
	s.Env = []string{"PATH=" + dir}
	s.Listen(t)
	_, err = newPool(t, config()).Runner(sudoTarget(s, "")).Run(t.Context(), remote.Command{Script: "true"})
	var e *SudoError
	require.ErrorAs(t, err, &e)
	require.Contains(t, err.Error(), "not found")
}

func TestSudoThatHangsIsLeft(t *testing.T) {
	s, _ := sudoServer(t, "hang", rightPassword)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	for _, password := range []string{"", rightPassword} {
		_, err := newPool(t, config()).Runner(sudoTarget(s, password)).Run(ctx, remote.Command{Script: "true", Stdin: strings.NewReader("x")})
		require.ErrorIs(t, err, context.DeadlineExceeded)
	}
}

// TestThePasswordIsOnNoCommandLine looks at what the process list shows of sudo.
func TestThePasswordIsOnNoCommandLine(t *testing.T) {
	line := sudoLine(remote.Command{Script: "cat"}, Sudo{On: true, Password: NewSecret([]byte("hidden"))}, newMarks("x"))
	require.NotContains(t, line, "hidden")
	// What sudo repeats of the line must not pass for what it does.
	require.NotContains(t, line, newMarks("x").prompt)
	require.NotContains(t, line, newMarks("x").begun)
	s, log := sudoServer(t, "yes", rightPassword)
	_, err := newPool(t, config()).Runner(sudoTarget(s, rightPassword)).Run(t.Context(), remote.Command{Script: "true"})
	require.NoError(t, err)
	seen, err := os.ReadFile(log + ".line")
	require.NoError(t, err)
	require.Contains(t, string(seen), "aiolos-asks")
	require.NotContains(t, string(seen), rightPassword)
}

// TestGate cuts what sudo and the command print into pieces of any size.
func TestGate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMarks("RANDOM")
		words := rapid.SampledFrom([]string{"sudo: x\n", "aiolos-", "aiolos-asks-RANDO", "aiolos-begins-", "\x00", ""})
		before, after := rapid.SliceOf(words).Draw(t, "before"), rapid.SliceOf(words).Draw(t, "after")
		prompts := rapid.IntRange(0, 3).Draw(t, "prompts")
		text := strings.Join(before, "") + strings.Repeat(m.prompt, prompts) + m.begun
		own := strings.Join(after, "") + m.begun + m.prompt
		var out bytes.Buffer
		g := newGate(m, &out)
		for rest := []byte(text + own); len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			_, err := g.Write(rest[:n])
			require.NoError(t, err)
			rest = rest[n:]
		}
		require.Equal(t, own, out.String())
		require.Len(t, g.asked, prompts)
		require.NoError(t, g.refusal(Target{}))
		require.Equal(t, strings.Join(before, ""), string(g.said))
	})
}
