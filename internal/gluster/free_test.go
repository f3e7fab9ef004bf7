package gluster

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/internal/remote"
	"aiolos/internal/remote/remotetest"
)

// halfReal answers for gluster and runs everything else on this machine.
type halfReal struct{ gluster *fake }

func (h halfReal) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	if c.Script == program {
		return h.gluster.Run(ctx, c)
	}
	return remotetest.Local{}.Run(ctx, c)
}

func TestFreeBricks(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{"empty/.glusterfs/00/11", "empty/a/b", "full/.glusterfs", "full/a", "link"} {
		require.NoError(t, os.MkdirAll(dir+"/"+d, 0o700))
	}
	require.NoError(t, os.WriteFile(dir+"/empty/.glusterfs/health_check", []byte("x"), 0o600))
	require.NoError(t, os.WriteFile(dir+"/full/a/file", []byte("kept"), 0o600))
	require.NoError(t, os.Symlink("full", dir+"/to"))
	m := Member{Node: "storage-0", Hostname: "host", Runner: halfReal{scripted(t, map[string]string{"volume info": "info-distribute.xml"})}}
	var said []string
	say := func(s string) { said = append(said, s) }
	brick := func(name string) string { return "host:" + dir + "/" + name }
	for _, want := range [][]string{{brick("empty")}, nil} {
		freed, err := FreeBricks(t.Context(), m, []string{brick("empty"), "other:" + dir + "/full", brick("full"), brick("none"), brick("to")}, say)
		require.NoError(t, err)
		require.Equal(t, want, freed)
	}
	require.NoDirExists(t, dir+"/empty")
	require.FileExists(t, dir+"/full/a/file")
	require.DirExists(t, dir+"/full/.glusterfs")
	require.Contains(t, strings.Join(said, "\n"), "keeps its files: "+dir+"/full/a/file")

	m.Hostname = "storage-1"
	_, err := FreeBricks(t.Context(), m, []string{"storage-1:/data/brick01"}, nil)
	require.ErrorContains(t, err, "it is a brick of volume vol01")
	_, err = FreeBricks(t.Context(), m, []string{"nonsense"}, nil)
	require.Error(t, err)
}
