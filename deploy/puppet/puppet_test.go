package puppet

import (
	"encoding/json"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestModules(t *testing.T) {
	require.Contains(t, Modules(), "glusterfs")
	for _, name := range Modules() {
		module, ok := Module(name)
		require.True(t, ok)
		main, err := fs.ReadFile(module, "manifests/init.pp")
		require.NoError(t, err)
		require.Contains(t, string(main), "\nclass "+name+" (")
		text, err := fs.ReadFile(module, "metadata.json")
		require.NoError(t, err)
		var metadata struct{ Name string }
		require.NoError(t, json.Unmarshal(text, &metadata))
		require.Equal(t, "aiolos-"+name, metadata.Name)
	}
	for _, name := range []string{"", ".", "..", "nonesuch", "glusterfs/manifests"} {
		_, ok := Module(name)
		require.False(t, ok, name)
	}
}
