package hosts

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aiolos/deploy"
	"aiolos/internal/remote"
)

func writeEmpty(path string) error { return os.WriteFile(path, nil, 0o600) }

// drawLease is any lease that this package can write.
func drawLease(t *rapid.T) Lease {
	word := rapid.StringMatching(`[A-Za-z0-9._"'$-]{1,8}`)
	l := Lease{
		Deployment: word.Draw(t, "deployment"), Group: word.Draw(t, "group"), Node: word.Draw(t, "node"),
		Index: rapid.IntRange(0, 9).Draw(t, "index"), Machine: word.Draw(t, "machine"), Attempt: word.Draw(t, "attempt"), Since: noon,
	}
	if rapid.Bool().Draw(t, "disks") {
		l.Disks = []deploy.Disk{{Device: "/dev/sdb", SizeGB: 1}}
	}
	return l
}

func TestLeaseReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLease(t)
		got, err := ParseLease(l.String() + "\n")
		require.NoError(t, err)
		require.Equal(t, l, got)
	})
}

// FuzzParseLease wants that only what is written as leases are is one.
func FuzzParseLease(f *testing.F) {
	l := Lease{Deployment: "demo", Group: "s", Node: "s-0", Machine: "m0", Attempt: "A", Since: noon}
	f.Add(l.String())
	f.Add(strings.Replace(l.String(), "index 0", "index +0", 1))
	f.Add(strings.Replace(l.String(), "disks []", "disks null", 1))
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseLease(text)
		if err == nil {
			require.Equal(t, strings.TrimSuffix(text, "\n"), got.String())
		}
	})
}

// TestModel holds the model that other tests use against the script, in each shell
// that there is.
func TestModel(t *testing.T) {
	seen := map[string]bool{}
	script := sandboxes{dir: t.TempDir()}
	rapid.Check(t, func(t *rapid.T) {
		model := newModels()
		script.put("m", "")
		for range 4 {
			owners := rapid.SampledFrom([]string{"deployment a\nnode s-0", "deployment a\nnode s-01", "deployment b\nnode s-0"})
			terms := rapid.SampledFrom([]string{"group s\nattempt A", "group s\nattempt B"})
			mode := rapid.SampledFrom([]string{"look", "take", "take", "drop", "undo"}).Draw(t, "mode")
			args := []string{"file", mode, owners.Draw(t, "owner"), terms.Draw(t, "terms")}
			want, err := model.runner("m").Run(context.Background(), remote.Command{Args: args})
			require.NoError(t, err)
			got, err := script.runner("m").Run(context.Background(), remote.Command{Script: leaseScript, Args: args})
			require.NoError(t, err)
			require.Zero(t, got.Exit, string(got.Stderr))
			require.Equal(t, string(want.Stdout), string(got.Stdout))
			require.Equal(t, model.text("m"), script.text("m"))
			did, _, _ := strings.Cut(string(got.Stdout), "\n")
			seen[mode+" "+did] = true
		}
	})
	for _, all := range []string{"look none", "look held", "take taken", "take kept", "take held", "drop none", "drop held", "drop dropped", "undo none", "undo held", "undo dropped"} {
		require.True(t, seen[all], "%s did not come up", all)
	}
}

// TestScriptThatIsKilled leaves a machine as it was, or leased, at whatever moment.
func TestScriptThatIsKilled(t *testing.T) {
	m := sandboxes{dir: t.TempDir()}
	l := Lease{Deployment: "demo", Group: "s", Node: "s-0", Machine: "m", Attempt: "A", Since: noon}
	// Each of these commands ends the shell in its place.
	for _, last := range []string{"mkdir", "flock", "rm", "sync", "ln", "mv"} {
		m.put("m", "")
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(dir+"/"+last, []byte("#!/bin/sh\nkill -9 $PPID\n"), 0o700))
		cmd := exec.Command("sh", "-c", leaseScript, "sh", m.file("m"), "take", owner("demo", "s-0"), l.terms())
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
		err := cmd.Run()
		if last != "mv" {
			require.Error(t, err, last)
		}
		require.Contains(t, []string{"", l.String()}, m.text("m"), last)
		got, err := m.runner("m").Run(t.Context(), remote.Command{Script: leaseScript, Args: []string{"", "take", owner("demo", "s-0"), l.terms()}})
		require.NoError(t, err)
		require.Zero(t, got.Exit, string(got.Stderr))
		require.Equal(t, l.String(), m.text("m"), last)
	}
}
