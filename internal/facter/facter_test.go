package facter

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"aiolos/deploy"
	"aiolos/internal/remote"
	"aiolos/internal/remote/remotetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stub is a node whose facter is a script of the test's own.
func stub(t *testing.T, script string) remotetest.Local {
	t.Helper()
	bin := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(bin, "facter"), []byte("#!/bin/sh\n"+script), 0o700))
	// The script's own PATH goes first, so that no facter of this machine must be in it.
	return remotetest.Local{Env: []string{"PATH=" + bin + ":" + os.Getenv("PATH")}}
}

// says is a node whose facter prints a text.
func says(t *testing.T, text string) remotetest.Local {
	t.Helper()
	return stub(t, "cat <<'END'\n"+text+"\nEND\n")
}

func TestCollect(t *testing.T) {
	for _, c := range []struct {
		name, says string
		names      []string
		want       string
	}{
		{"plain", `{"glusterup": "node02", "is_virtual": false, "n": 0, "list": [1, "a"]}`, []string{"glusterup", "is_virtual", "n", "list"}, `{"glusterup": "node02", "is_virtual": false, "n": 0, "list": [1, "a"]}`},
		{"empty values are none", `{"a": null, "b": "", "c": " \n", "d": [], "e": {}}`, []string{"a", "b", "c", "d", "e", "f"}, `{}`},
		{"dotted", `{"os.family": "Debian", "os.release.major": "12"}`, []string{"os.release.major", "os.family"}, `{"os": {"family": "Debian", "release": {"major": "12"}}}`},
		{"one member lacks", `{"os.family": "Debian", "os.nosuch": null, "a": 1}`, []string{"os.family", "os.nosuch", "a"}, `{"a": 1}`},
		{"whole and member", `{"os": {"family": "Debian"}, "os.family": "Debian"}`, []string{"os.family", "os"}, `{"os": {"family": "Debian"}}`},
		{"member of a scalar", `{"a": 1, "a.b": 2}`, []string{"a", "a.b"}, `{}`},
		{"capitals", `{"GlusterUp": null, "glusterup": "yes"}`, []string{"GlusterUp"}, `{"GlusterUp": "yes"}`},
		{"twice", `{"a": 1}`, []string{"a", "a"}, `{"a": 1}`},
		{"more than asked", `{"a": 1, "b": 2}`, []string{"a"}, `{"a": 1}`},
		{"noise", "loading {\n{ not this\n{\"a\": 2}\n{\"a\": 1}\n bye {", []string{"a"}, `{"a": 1}`},
		{"pretty", "{\n  \"a\": [\n    {\n      \"b\": 1\n    }\n  ]\n}", []string{"a"}, `{"a": [{"b": 1}]}`},
		{"not UTF-8", "{\"a\": \"\xff\"}", []string{"a"}, `{"a": "` + "\uFFFD" + `"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Collect(t.Context(), says(t, c.says), c.names)
			require.NoError(t, err)
			text, err := json.Marshal(got)
			require.NoError(t, err)
			require.JSONEq(t, c.want, string(text))
		})
	}
}

func TestNothingIsAskedForNothing(t *testing.T) {
	got, err := Collect(t.Context(), failing{errors.New("asked")}, nil)
	require.NoError(t, err)
	require.Empty(t, got)
}

// One custom fact that fails makes facter exit with 1, though all others are right.
func TestExitCodeDoesNotCount(t *testing.T) {
	got, err := Collect(t.Context(), stub(t, `echo 'ERROR Facter - boom' >&2; echo '{"a": 1, "bad": null}'; exit 1`), []string{"a", "bad"})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"a": 1.0}, got)
}

func TestFacterIsAskedInOneCommand(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	_, err := Collect(t.Context(), stub(t, `printf '%s|' "$@" >>`+log+"; echo '{}'"), []string{"os.family", "Up"})
	require.NoError(t, err)
	args, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Equal(t, "--json|Up|os.family|up|", string(args))
}

// absent is a node without facter: the tests' machine may have one.
type absent struct{ remotetest.Local }

func (a absent) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	c.Script = strings.ReplaceAll(c.Script, "command -v facter", "false")
	return a.Local.Run(ctx, c)
}

func TestShellAnswersWithoutFacter(t *testing.T) {
	got, err := Collect(t.Context(), absent{}, []string{"hostname", "ipaddress", "operatingsystem", "os.family"})
	require.NoError(t, err)
	own, err := os.Hostname()
	require.NoError(t, err)
	short, _, _ := strings.Cut(own, ".")
	require.Equal(t, short, got["hostname"])
	if text, ok := got["ipaddress"]; ok { // a machine may have none
		address, err := netip.ParseAddr(text.(string))
		require.NoError(t, err)
		require.True(t, address.Is4())
		require.False(t, address.IsLoopback())
	}
	require.NotContains(t, got, "operatingsystem")
	require.NotContains(t, got, "os")
}

// Facter 5 knows no names of old, but Aeolus' two are answered all the same.
func TestFacterGoesBeforeTheShell(t *testing.T) {
	got, err := Collect(t.Context(), says(t, `{"hostname": "given", "ipaddress": null}`), []string{"hostname"})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"hostname": "given"}, got)
	got, err = Collect(t.Context(), says(t, `{"hostname": null}`), []string{"hostname"})
	require.NoError(t, err)
	require.NotEmpty(t, got["hostname"])
}

func TestFirstAddress(t *testing.T) {
	for said, want := range map[string]any{
		"1: lo    inet 127.0.0.1/8 scope host lo\n2: eth0    inet 10.1.2.3/24 brd 10.1.2.255 scope global eth0\n3: eth1    inet 10.9.9.9/24": "10.1.2.3",
		"1: lo    inet 127.0.0.1/8 scope host lo": nil,
		"": nil,
	} {
		node := absent{stub(t, "")}
		bin, _, _ := strings.Cut(strings.TrimPrefix(node.Env[0], "PATH="), ":")
		require.NoError(t, os.WriteFile(bin+"/ip", []byte("#!/bin/sh\nprintf '%s\\n' '"+said+"'\n"), 0o700))
		node.Env = []string{"PATH=" + bin + ":" + os.Getenv("PATH")}
		got, err := Collect(t.Context(), first{node, bin}, []string{"ipaddress"})
		require.NoError(t, err)
		require.Equal(t, want, got["ipaddress"], said)
	}
}

// first lets a directory of the test go before those of the machine.
type first struct {
	remote.Runner
	bin string
}

func (f first) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	c.Script = strings.ReplaceAll(c.Script, "PATH=/opt", "PATH="+f.bin+":/opt")
	return f.Runner.Run(ctx, c)
}

func TestWrongNames(t *testing.T) {
	for _, name := range []string{"", "-p", "--json", "a b", "a;b", "$(x)", "a..b", ".a", "a.", "1a", "é", "a\n", strings.Repeat("a", 201)} {
		_, err := Collect(t.Context(), failing{errors.New("asked")}, []string{"ok", name})
		var wrong *NameError
		require.ErrorAs(t, err, &wrong, "%q", name)
		require.Equal(t, deploy.KindInvalidRequest, wrong.Kind())
		require.Less(t, len(err.Error()), 250)
	}
	_, err := Collect(t.Context(), failing{errors.New("asked")}, make20x(11))
	var wrong *NameError
	require.ErrorAs(t, err, &wrong)
}

func make20x(n int) []string {
	var names []string
	for i := range 20 * n {
		names = append(names, "f"+strings.Repeat("x", i%100)+string(rune('a'+i/100)))
	}
	return names
}

type failing struct{ error }

func (f failing) Run(context.Context, remote.Command) (remote.Result, error) {
	return remote.Result{}, f.error
}

func TestBrokenFacter(t *testing.T) {
	for name, c := range map[string]struct{ script, words string }{
		"half installed": {"echo 'cannot load such file -- facter (LoadError)' >&2; exit 1", "LoadError"},
		"says nothing":   {"", "says nothing"},
		"no JSON":        {"echo 'a => 1'", "a => 1"},
		"cut off":        {`printf '{"a": "b'`, "does not answer"},
		"endless":        {"yes", "larger than"},
		"spams":          {"yes error | head -n 1000000 >&2", "error"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Collect(t.Context(), stub(t, c.script), []string{"a"})
			var broken *OutputError
			require.ErrorAs(t, err, &broken)
			require.ErrorContains(t, err, c.words)
			require.True(t, broken.Temporary())
			require.Equal(t, deploy.KindJob, broken.Kind())
			require.LessOrEqual(t, len(strings.Join(broken.Evidence(), "\n")), 4096)
			require.Less(t, len(err.Error()), 200)
		})
	}
	gone := errors.New("connection lost")
	_, err := Collect(t.Context(), failing{gone}, []string{"a"})
	require.ErrorIs(t, err, gone)
}

func TestSizeIsBounded(t *testing.T) {
	long := `"` + strings.Repeat("x", MaxBytes) + `"`
	_, err := Collect(t.Context(), says(t, `{"a": 1, "b": `+long+`}`), []string{"a", "b"})
	var large *SizeError
	require.ErrorAs(t, err, &large)
	require.Equal(t, "b", large.Largest)
	require.Equal(t, deploy.KindInvalidRequest, large.Kind())
	require.Less(t, len(err.Error()), 250)
	got, err := Collect(t.Context(), says(t, `{"a": 1, "b": `+long+`}`), []string{"a"})
	require.NoError(t, err, "what was not asked for does not count")
	require.Equal(t, map[string]any{"a": 1.0}, got)
}

func TestAwait(t *testing.T) {
	dir := t.TempDir()
	// Each run tells a little more than the one before; the first does not work.
	node := stub(t, `cd `+dir+`; echo x >>runs; printf '%s ' "$@" >>asked; echo >>asked
case $(wc -l <runs) in
1) echo broken >&2; exit 1 ;;
2) echo '{"a": 1}' ;;
3) echo '{"a": 2, "os.family": "Debian"}' ;;
*) echo '{"a": 3, "os.family": "Debian", "os.name": "Debian"}' ;;
esac
`)
	var seen []string
	got, err := await(t.Context(), node, []string{"os.name", "a", "os.family"}, func(missing []string) {
		seen = append(seen, strings.Join(missing, " "))
	}, time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, map[string]any{"a": 1.0, "os": map[string]any{"family": "Debian", "name": "Debian"}}, got, "the first value sticks")
	require.Equal(t, []string{"os.name a os.family", "os.family os.name", "os.name"}, seen)
	asked, err := os.ReadFile(dir + "/asked")
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("--json a os.family os.name \n", 2)+strings.Repeat("--json os.family os.name \n", 2), string(asked))
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := await(ctx, says(t, `{"a": 1}`), []string{"a", "glusterup"}, nil, 10*time.Millisecond)
	var lacking *MissingError
	require.ErrorAs(t, err, &lacking)
	require.Equal(t, []string{"glusterup"}, lacking.Names)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, deploy.KindTimeout, lacking.Kind())
	require.Equal(t, "no value of the fact glusterup", err.Error())

	ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err = await(ctx, stub(t, "echo 'no ruby' >&2; exit 127"), []string{"a", "b"}, nil, time.Minute)
	require.ErrorAs(t, err, &lacking)
	require.Equal(t, []string{"no ruby"}, lacking.Evidence())
	require.Equal(t, "no value of the facts a, b: facter does not answer: no ruby", err.Error())

	ctx, cancel = context.WithCancel(t.Context())
	_, err = await(ctx, says(t, `{}`), []string{"a"}, func([]string) { cancel() }, time.Minute)
	require.ErrorIs(t, err, context.Canceled)

	gone := errors.New("connection lost")
	_, err = Await(t.Context(), failing{gone}, []string{"a"}, nil)
	require.ErrorIs(t, err, gone)
}

// Whatever names are asked for and whatever is known: a first part is there with
// all that it was asked for, or not at all.
func TestPickIsWholeOrNothing(t *testing.T) {
	name := rapid.StringMatching(`[ab](\.[ab]){0,2}`)
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(name, 1, 6).Draw(t, "names")
		values := rapid.MapOf(name, rapid.SampledFrom([]any{nil, "", "x", 0.0, false})).Draw(t, "values")
		facts, lacking := pick(names, answer{facter: values})
		require.Subset(t, names, lacking)
		require.Subset(t, names, under(names, lacking))
		again := map[string]bool{}
		for _, n := range under(names, lacking) {
			again[n] = true
		}
		for _, n := range names {
			_, there := facts[firstPart(n)]
			require.Equal(t, !again[n], there, n)
			if !there {
				continue
			}
			var v any = facts
			for part := range strings.SplitSeq(n, ".") {
				v = v.(map[string]any)[part]
			}
			require.False(t, empty(v), n)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"facter absent\n", "hostname a\nipaddress 1.2.3.4\nfacter present\n{}\n", "facter present\n{\n  \"a\": 1\n}\n",
		"facter present\n{\n{\n{\"a\":{\"b\":[null]}}\n{", "motd\nfacter present\n{\"a\": \"\\ud800\"}", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, out []byte) {
		known, broken := parse(out)
		if broken != nil {
			if broken.Error() == "" || len(broken.Evidence()) > 15 {
				t.Fatal(broken)
			}
			return
		}
		facts, lacking := pick([]string{"a", "a.b", "hostname", "c"}, known)
		if _, err := json.Marshal(facts); err != nil {
			t.Fatal(err)
		}
		for _, n := range lacking {
			if _, ok := facts[firstPart(n)]; ok {
				t.Fatal(n)
			}
		}
	})
}
