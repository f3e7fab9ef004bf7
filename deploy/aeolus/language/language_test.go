// Package language_test holds blueprints that are translated from deployables
// against those who read, plan and evaluate blueprints. It stands apart from the
// package that translates, whose fuzzing would otherwise carry all of them along.
package language_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/activities"
	"aiolos/deploy"
	"aiolos/deploy/aeolus"
)

// TestLanguageTakesIt: what is written here is a blueprint to those who read,
// plan and evaluate blueprints.
func TestLanguageTakesIt(t *testing.T) {
	files, err := filepath.Glob("../testdata/good/*.xml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range append(files, "../../../e2e/testdata/glusterfs-debian.xml") {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		written, err := aeolus.Translate(text)
		require.NoError(t, err)
		b, err := deploy.ReadBlueprint("", written, activities.Types())
		require.NoError(t, err, file)
		_, err = b.Plan("demo", deploy.Request{Parameters: given(b)}, "docker", nil)
		require.NoError(t, err, file)
	}
}

// given gives a value to every parameter that needs one.
func given(b *deploy.Blueprint) map[string]any {
	values := map[string]any{}
	for _, p := range b.Parameters {
		switch {
		case p.Sensitive:
			values[p.Name] = deploy.Sealed("aGlkZGVu")
		case p.Default == nil:
			values[p.Name] = "given"
		}
	}
	return values
}

// facts are what the nodes of a test have told.
type facts map[string]map[string]any

func (f facts) Fact(node, name string) (any, bool) {
	v, ok := f[node][name]
	return v, ok
}

// TestReferences: a reference waits for all nodes of the assembly that it names,
// and its value is theirs with blanks between them.
func TestReferences(t *testing.T) {
	text, err := os.ReadFile("../testdata/good/pair.xml")
	require.NoError(t, err)
	written, err := aeolus.Translate(text)
	require.NoError(t, err)
	b, err := deploy.ReadBlueprint("", written, activities.Types())
	require.NoError(t, err)
	plan, err := b.Plan("demo", deploy.Request{Parameters: map[string]any{"follower.count": 2, "leader.store.port": "7000"}}, "docker", nil)
	require.NoError(t, err)
	e, err := plan.Evaluator(activities.Types())
	require.NoError(t, err)
	var step *deploy.Step
	for i := range plan.Steps {
		if plan.Steps[i].Name == "leader-store" {
			step = &plan.Steps[i]
		}
	}
	require.NotNil(t, step)
	known := facts{"follower-0": {"hostname": "f0", "storeup": "yes"}, "follower-1": {"hostname": "f1"}}
	config, missing, err := e.Config(step, "leader-0", known)
	require.NoError(t, err)
	require.Nil(t, config)
	require.Equal(t, []deploy.Missing{{Node: "follower-1", Fact: "storeup"}}, missing)
	known["follower-1"]["storeup"] = true
	config, missing, err = e.Config(step, "leader-0", known)
	require.NoError(t, err)
	require.Empty(t, missing)
	var run struct {
		Env   map[string]string
		Files []struct{ Path, Content, Mode string }
	}
	require.NoError(t, json.Unmarshal(config, &run))
	require.Equal(t, map[string]string{
		"AUDREY_VAR_store_port": "7000", "AUDREY_VAR_store_follower_host": "f0 f1", "AUDREY_VAR_store_follower_up": "yes true",
	}, run.Env)
	require.Equal(t, "start", run.Files[0].Path)
	require.Equal(t, "0755", run.Files[0].Mode)
	require.Contains(t, run.Files[0].Content, `"${AUDREY_VAR_store_port}"`)
}
