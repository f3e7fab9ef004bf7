package command_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

// answer is a person who gives the same answer to everything.
func answer(text string) func(context.Context, string) (string, error) {
	return func(context.Context, string) (string, error) { return text, nil }
}

func TestFilesTravel(t *testing.T) {
	b, w := newBench(t), newWorker(t)
	b.server.OnStart = w.takes
	b.ask = answer("correct horse")
	r := b.run("deploy", "shop", "testdata/app/app.yaml")
	require.Equal(t, 0, r.code, r.err)
	require.Equal(t, map[string][]byte{"./db.conf": []byte("max=1\n"), "more/more.conf": []byte("more=1\n")}, request(t, b.server.Runs("shop")[0]).Files)
	// Wherever it is started from.
	absolute, err := filepath.Abs("testdata/app/app.yaml")
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	require.Equal(t, 0, b.run("validate", absolute).code)
}

func TestFilesThatDoNotTravel(t *testing.T) {
	b := newBench(t)
	dir := t.TempDir()
	within := filepath.Join(dir, "app")
	require.NoError(t, os.MkdirAll(filepath.Join(within, "directory"), 0o755))
	put := func(name string, size int) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(strings.Repeat("x", size)), 0o600))
	}
	put("secret", 1)
	put("app/half", deploy.MaxFilesBytes/2+1)
	put("app/half2", deploy.MaxFilesBytes/2+1)
	put("app/whole", deploy.MaxFilesBytes)
	put("app/large", deploy.MaxFilesBytes+1)
	require.NoError(t, os.Symlink("../secret", filepath.Join(within, "link")))
	require.NoError(t, os.Symlink(dir, filepath.Join(within, "out")))
	require.NoError(t, os.Symlink("half", filepath.Join(within, "fine")))
	require.NoError(t, syscall.Mkfifo(filepath.Join(within, "pipe"), 0o600))
	for _, c := range []struct {
		files []string
		says  []string
	}{
		{[]string{"half"}, nil},
		{[]string{"directory/../half"}, nil},
		{[]string{"fine"}, nil},
		{[]string{"whole"}, nil},
		{[]string{"../secret"}, []string{`files.../secret: found "../secret"`, "escapes"}},
		{[]string{filepath.Join(dir, "secret")}, []string{"escapes"}},
		{[]string{"link"}, []string{`found "link"`, "escapes"}},
		{[]string{"out/secret"}, []string{"escapes"}},
		{[]string{"missing", "directory", "pipe"}, []string{"files.missing", "no such file", "files.directory", "it is no file", "files.pipe"}},
		{[]string{"large"}, []string{`files.large: found "1048577 bytes"; allowed: at most 1048576 bytes in all files`}},
		{[]string{"half", "half2"}, []string{`files.half2: found "524289 bytes"; allowed: at most 1048576 bytes in all files, of which those before it take 524289`}},
	} {
		text := "name: app\ngroups: {web: {count: 1, profile: p}}\nsteps:\n  s:\n    on: web\n    run:\n      script: x\n      files:\n"
		for i, name := range c.files {
			text += "        - {path: f" + string(rune('0'+i)) + ", file: " + name + "}\n"
		}
		path := filepath.Join(within, "app.yaml")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		for _, args := range [][]string{{"validate", path}, {"deploy", "shop", path, "--detach"}} {
			r := b.run(args...)
			if c.says == nil {
				require.Equal(t, 0, b.run("validate", path).code, r.err)
				continue
			}
			require.Equal(t, 2, r.code, "%q", c.files)
			for _, says := range c.says {
				require.Contains(t, r.err, says, "%q", c.files)
			}
		}
	}
}
