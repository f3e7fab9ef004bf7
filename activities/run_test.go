package activities

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/job"
	"aiolos/internal/remote"
	"aiolos/internal/remote/remotetest"
)

// TestGuard runs the guard with a real shell.
func TestGuard(t *testing.T) {
	exists := filepath.Join(t.TempDir(), "it's here")
	require.NoError(t, os.WriteFile(exists, nil, 0o600))
	for name, c := range map[string]struct {
		files map[string]string
		exit  int
	}{
		"no guard":                      {map[string]string{"script": "exit 3"}, 3},
		"interpreter":                   {map[string]string{"script": "#!/bin/bash\n[[ 1 == 1 ]] && exit 4"}, 4},
		"unless succeeds":               {map[string]string{"script": "exit 3", "unless": "true"}, guardSkipped},
		"unless fails":                  {map[string]string{"script": "exit 3", "unless": "false"}, 3},
		"creates exists":                {map[string]string{"script": "exit 3", "creates": exists}, guardSkipped},
		"creates does not":              {map[string]string{"script": "exit 0", "creates": exists + "."}, 0},
		"a script that ends like guard": {map[string]string{"script": "exit 199"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPacker()
			for name, content := range c.files {
				p.file(ownDir+"/"+name, []byte(content), 0o700)
			}
			archive, err := p.end()
			require.NoError(t, err)
			result, err := job.Dir(filepath.Join(t.TempDir(), "jobs")).Run(context.Background(), &remotetest.Local{},
				job.Spec{ID: "x", Tag: "x", Script: guardScript, Archive: archive}, func(job.Progress) {})
			require.NoError(t, err)
			require.Equal(t, c.exit, result.Exit, "%s", result.Tail)
		})
	}
}

func TestChecks(t *testing.T) {
	require.Empty(t, checkRun(RunConfig{Script: "true", Creates: "/x"}))
	require.Equal(t, []deploy.Problem{{Field: "script", Allowed: "a script"}, {Field: "creates", Value: "x", Allowed: "an absolute path"}}, checkRun(RunConfig{Creates: "x"}))
	require.Empty(t, checkPuppet(PuppetConfig{Module: "glusterfs"}))
	for field, c := range map[string]PuppetConfig{
		"module":   {Module: "nothing"},
		"git":      {Module: "glusterfs", Git: "https://example.com/x"},
		"ref":      {Git: "https://example.com/x"},
		"manifest": {Module: "glusterfs", Manifest: "x.pp"},
	} {
		problems := checkPuppet(c)
		require.Len(t, problems, 1, field)
		require.Equal(t, field, problems[0].Field)
	}
}

// hosts runs everything on this machine.
type hosts struct{}

func (hosts) Runner(string, deploy.Node) remote.Runner { return &remotetest.Local{} }

func (hosts) Await(context.Context, string, deploy.Node, func(string)) error { return nil }

func TestConnectAsksTheNode(t *testing.T) {
	d := &Deeds{Hosts: hosts{}}
	result, err := d.connect(context.Background(), ConnectInput{Deployment: "x", Node: deploy.Node{Name: "a-0"}})
	require.NoError(t, err)
	want, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	require.NoError(t, err)
	require.Equal(t, trimmed(want), result.BootID)
}
