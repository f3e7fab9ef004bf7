package activities

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/job"
	"aiolos/internal/remote/remotetest"
)

// TestCheckScript runs the look at a script with a real shell.
func TestCheckScript(t *testing.T) {
	dir := t.TempDir()
	exists, differs := filepath.Join(dir, "it's here"), filepath.Join(dir, "differs")
	for _, path := range []string{exists, differs} {
		require.NoError(t, os.WriteFile(path, []byte("hello"), 0o644))
	}
	install := func(to, content string) map[string]string {
		return map[string]string{"install/0000/path": to, "install/0000/content": content}
	}
	for name, c := range map[string]struct {
		files map[string]string
		exit  int
		told  []string
	}{
		"no guard":        {nil, guardSkipped, nil},
		"unless succeeds": {map[string]string{"unless": "true"}, 0, nil},
		"unless fails":    {map[string]string{"unless": "false"}, 0, []string{"the script would run: the command of unless fails"}},
		"creates exists":  {map[string]string{"creates": exists}, 0, nil},
		"creates does not": {map[string]string{"creates": exists + "."}, 0,
			[]string{"the script would run: " + exists + ". does not exist"}},
		"neither": {map[string]string{"creates": exists + ".", "unless": "false"}, 0,
			[]string{"the script would run: " + exists + ". does not exist, and the command of unless fails"}},
		"file is missing": {install(filepath.Join(dir, "missing"), "hello"), guardSkipped, []string{"the file " + filepath.Join(dir, "missing") + " differs"}},
		"file differs":    {install(differs, "otherwise"), guardSkipped, []string{"the file " + differs + " differs"}},
		"in a directory": {map[string]string{"install/0000/path": dir, "install/0000/content/differs": "x", "unless": "false"}, 0,
			[]string{"the script would run: the command of unless fails", "the file " + differs + " differs"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPacker()
			p.file(ownDir+"/script", []byte("touch "+filepath.Join(dir, "acted")), 0o700)
			for name, content := range c.files {
				p.file(ownDir+"/"+name, []byte(content), 0o644)
			}
			archive, err := p.end()
			require.NoError(t, err)
			jobs := job.Dir(filepath.Join(t.TempDir(), "jobs"))
			result, err := jobs.Run(t.Context(), &remotetest.Local{}, job.Spec{ID: "x", Tag: "x", Script: checkScript, Archive: archive}, func(job.Progress) {})
			require.NoError(t, err)
			require.Equal(t, c.exit, result.Exit, "%s", result.Tail)
			report, err := jobs.ReadFile(t.Context(), &remotetest.Local{}, "x", lookReport, maxLook)
			require.NoError(t, err)
			require.Equal(t, c.told, lines(report))
			require.NoFileExists(t, filepath.Join(dir, "acted"))
			require.NoFileExists(t, filepath.Join(dir, "missing"))
		})
	}
}

// TestEveryActionIsLookedAtOrSaysWhyNot, so that nobody takes silence for no difference.
func TestEveryActionIsLookedAtOrSaysWhyNot(t *testing.T) {
	for _, a := range Actions() {
		require.NotEqual(t, a.CanCheck, a.Unchecked != "", a.Name)
	}
}

func TestWhatIsToldIsBoundedAndHidesSecrets(t *testing.T) {
	r := CheckResult{Differences: []string{"the password is opensesame"}, NotChecked: "why"}.told([]string{"opensesame"})
	require.Equal(t, []string{"the password is ***"}, r.Differences)
	many := CheckResult{Differences: strings.Fields(strings.Repeat("x ", 500))}.told(nil)
	require.Len(t, many.Differences, maxDifferences)
	require.Equal(t, "and more", many.Differences[maxDifferences-1])
}

func TestModesAreChecked(t *testing.T) {
	require.NoError(t, deploy.Request{Blueprint: "nodes", Mode: deploy.ModeCheck}.Check())
	var invalid *deploy.InvalidError
	require.ErrorAs(t, deploy.Request{Blueprint: "nodes", Mode: "chek"}.Check(), &invalid)
	require.Equal(t, "mode", invalid.Problems[0].Field)
	require.Contains(t, invalid.Problems[0].Allowed, "did you mean check?")
}
