package puppet

import (
	"archive/tar"
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, got, 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

// names are the names of the files in a tar.
func names(t *testing.T, archive []byte) []string {
	t.Helper()
	var all []string
	r := tar.NewReader(bytes.NewReader(archive))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		all = append(all, h.Name)
	}
}

func tarOf(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range files {
		require.NoError(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: 1}))
		_, err := w.Write([]byte("x"))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestModuleJob(t *testing.T) {
	script, env, archive, err := Run{Module: "glusterfs", Facts: map[string]string{"data_device": "/dev/xvdj", "odd": "'; rm -rf / #\n"}, Signal: "glusterup"}.Job()
	require.NoError(t, err)
	golden(t, "module.names", []byte(strings.Join(names(t, archive), "\n")+"\n"))
	require.Equal(t, map[string]string{
		"FACTER_data_device": "/dev/xvdj", "FACTER_odd": "'; rm -rf / #\n", "AIOLOS_PUPPET_MODULE": "glusterfs",
		"AIOLOS_PUPPET_MANIFEST": "", "AIOLOS_PUPPET_NOOP": "false", "AIOLOS_PUPPET_SIGNAL": "glusterup",
	}, env)
	require.NotContains(t, string(script), "xvdj", "values never become part of the script")

	_, env, again, err := Run{Module: "glusterfs", Noop: true, Signal: "glusterup"}.Job()
	require.NoError(t, err)
	require.Equal(t, archive, again, "the archive depends on the module alone")
	require.Empty(t, env["AIOLOS_PUPPET_SIGNAL"], "nothing was done that could be signalled")
	built.Clear()
	fresh, err := moduleArchive("glusterfs")
	require.NoError(t, err)
	require.Equal(t, archive, fresh)
}

func TestTreeJob(t *testing.T) {
	tree := tarOf(t, "main.pp", "modules/a/manifests/init.pp", "site/web.pp")
	_, env, archive, err := Run{Archive: tree, Manifest: "./site/web.pp"}.Job()
	require.NoError(t, err)
	require.Equal(t, "site/web.pp", env["AIOLOS_PUPPET_MANIFEST"])
	require.Empty(t, env["AIOLOS_PUPPET_MODULE"])
	require.Equal(t, []string{".aiolos/run.rb", "main.pp", "modules/a/manifests/init.pp", "site/web.pp"}, names(t, archive))
}

func TestWrongRuns(t *testing.T) {
	tree := tarOf(t, "main.pp")
	for field, run := range map[string]Run{
		"module":    {},
		"module ":   {Module: "nonesuch"},
		"module  ":  {Module: "../glusterfs"},
		"module   ": {Module: "glusterfs", Archive: tree},
		"manifest":  {Archive: tree},
		"manifest ": {Archive: tree, Manifest: "/etc/passwd"}, "manifest  ": {Archive: tree, Manifest: "a/../../b"},
		"manifest   ": {Archive: tree, Manifest: "site.pp"},
		"archive":     {Archive: tarOf(t, "main.pp", ".aiolos/run.rb"), Manifest: "main.pp"},
		"archive ":    {Archive: []byte("no tar, but long enough to be taken for a header"), Manifest: "main.pp"},
		"facts":       {Module: "glusterfs", Facts: map[string]string{"A=b": ""}},
		"facts ":      {Module: "glusterfs", Facts: map[string]string{"LD_PRELOAD": "x"}},
		"facts.nul":   {Module: "glusterfs", Facts: map[string]string{"nul": "\x00"}},
		"signal":      {Module: "glusterfs", Signal: "a b"},
	} {
		_, _, _, err := run.Job()
		var invalid *deploy.InvalidError
		require.ErrorAs(t, err, &invalid, field)
		require.Equal(t, strings.TrimSpace(field), invalid.Problems[0].Field)
		require.NotEmpty(t, invalid.Problems[0].Allowed)
	}
	_, _, _, err := Run{Archive: tree, Manifest: "site.pp"}.Job()
	require.ErrorContains(t, err, "main.pp")
}
