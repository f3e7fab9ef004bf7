package command_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/activities"
	"aiolos/deploy"
	"aiolos/deploy/schema"
)

func TestValidate(t *testing.T) {
	b := newBench(t)
	r := b.run("validate", "testdata/app/app.yaml", "testdata/two.xml", "testdata/tried.yaml")
	require.Equal(t, 0, r.code, r.err)
	require.Empty(t, r.err)
	golden(t, "validate-good", r.out)

	r = b.run("validate", "testdata/app/app.yaml", "testdata/broken.yaml", "testdata/broken.xml")
	require.Equal(t, 2, r.code)
	golden(t, "validate-broken", r.err)
	require.Equal(t, "testdata/app/app.yaml: blueprint app: 4 parameters, 2 groups, 5 steps\n", r.out)

	r = b.run("validate", "testdata/missing.yaml", "glusterfz")
	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, "testdata/missing.yaml: blueprint: found \"testdata/missing.yaml\"; allowed: a file with a blueprint")
	require.Contains(t, r.err, "glusterfz: blueprint: found \"glusterfz\"; allowed: did you mean glusterfs?")

	r = b.run("validate", "testdata/broken.yaml", "testdata/two.xml", "--json")
	require.Equal(t, 2, r.code)
	require.Empty(t, r.err)
	golden(t, "validate-json", r.out)
}

// TestValidateTriesOut finds what only values show.
func TestValidateTriesOut(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"testdata/tried.yaml", "-p", "place=/x"}, ""},
		{[]string{"testdata/tried.yaml", "-p", "place=x"}, "testdata/tried.yaml: parameters.place: found \"x\"; allowed: an absolute path (steps.hello.run.creates)\n"},
		{[]string{"testdata/tried.yaml", "-p", "place=/x", "-p", "nodes=0"}, "testdata/tried.yaml: parameters.nodes: found \"0\"; allowed: an integer from 1 to 10000 (groups.web.count)\n"},
		{[]string{"testdata/two.xml", "--count", "back=0"}, "testdata/two.xml: parameters.back.count: found \"0\"; allowed: an integer of at least 1\n"},
		{[]string{"testdata/two.xml", "--count", "back=4", "-p", "front.greet.word=hi"}, ""},
		{[]string{"testdata/two.xml", "--count", "back"}, "count: found \"back\"; allowed: ASSEMBLY=N, for example --count web=3\n"},
		{[]string{"testdata/two.xml", "--count", "back=2", "-p", "back.count=3"}, "parameters.back.count: found \"a second value\"; allowed: one value\n"},
	} {
		r := b.run(append([]string{"validate"}, c.args...)...)
		if c.says == "" {
			require.Equal(t, 0, r.code, r.err)
		} else {
			require.Equal(t, 2, r.code, c.says)
		}
		require.Equal(t, c.says, r.err)
	}
}

func TestBuiltinBlueprintsAreValid(t *testing.T) {
	b := newBench(t)
	r := b.run(append([]string{"validate", "--json"}, deploy.BuiltinNames()...)...)
	require.Equal(t, 0, r.code, r.out)
}

func TestBlueprints(t *testing.T) {
	b := newBench(t)
	r := b.run("blueprints")
	require.Equal(t, 0, r.code, r.err)
	for _, name := range deploy.BuiltinNames() {
		require.Contains(t, r.out, "\n"+name+" ")
	}
	r = b.run("blueprints", "--json")
	require.Equal(t, 0, r.code, r.err)
	var listed []map[string]any
	require.NoError(t, json.Unmarshal([]byte(r.out), &listed))
	require.Len(t, listed, len(deploy.BuiltinNames()))

	r = b.run("blueprints", "testdata/app/app.yaml")
	require.Equal(t, 0, r.code, r.err)
	golden(t, "blueprints", r.out)
	r = b.run("blueprints", "testdata/app/app.yaml", "--json")
	require.Equal(t, 0, r.code, r.err)
	golden(t, "blueprints-json", r.out)

	text, _ := deploy.Builtin("glusterfs")
	r = b.run("blueprints", "glusterfs", "--text")
	require.Equal(t, 0, r.code, r.err)
	require.Equal(t, string(text), r.out)

	for _, args := range [][]string{{"glusterfz"}, {"--text"}, {"glusterfs", "--text", "--json"}, {"a", "b"}, {"testdata/broken.yaml"}} {
		r = b.run(append([]string{"blueprints"}, args...)...)
		require.Equal(t, 2, r.code, "%q", args)
	}
	require.Contains(t, r.err, "testdata/broken.yaml:1:7: name: ")
}

// TestInit wants the starter to be right as it is.
func TestInit(t *testing.T) {
	t.Chdir(t.TempDir())
	b := newBench(t)
	r := b.run("init")
	require.Equal(t, 0, r.code, r.err)
	require.Contains(t, r.out, "aiolos deploy demo blueprint.yaml\n")
	r = b.run("validate", "blueprint.yaml")
	require.Equal(t, 0, r.code, r.err)
	require.Equal(t, "blueprint.yaml: blueprint hello: 2 parameters, 1 group, 2 steps\n", r.out)
	r = b.run("deploy", "demo", "blueprint.yaml", "--detach", "-p", "language=ja")
	require.Equal(t, 0, r.code, r.err)

	require.NoError(t, os.WriteFile("blueprint.yaml", []byte("mine"), 0o600))
	r = b.run("init")
	require.Equal(t, 2, r.code)
	require.Equal(t, "file: found \"blueprint.yaml\"; allowed: a file that does not exist yet; --force overwrites it\n", r.err)
	text, err := os.ReadFile("blueprint.yaml")
	require.NoError(t, err)
	require.Equal(t, "mine", string(text))
	require.Equal(t, 0, b.run("init", "--force").code)
	require.Equal(t, 0, b.run("validate", "blueprint.yaml").code)

	r = b.run("init", "web")
	require.Equal(t, 0, r.code, r.err)
	require.Contains(t, r.out, "aiolos validate ./web\n")
	r = b.run("init", "nowhere/web.yaml")
	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, "no such file or directory")
}

func TestSchema(t *testing.T) {
	b := newBench(t)
	blueprint, err := schema.Blueprint(activities.Types())
	require.NoError(t, err)
	request, err := schema.Request()
	require.NoError(t, err)
	outcome, err := schema.Outcome()
	require.NoError(t, err)
	for kind, want := range map[string][]byte{"blueprint": blueprint, "request": request, "outcome": outcome} {
		r := b.run("schema", kind)
		require.Equal(t, 0, r.code, r.err)
		require.Equal(t, string(want), r.out)
	}
	r := b.run("schema", "blueprnt")
	require.Equal(t, 2, r.code)
	require.Equal(t, "schema: found \"blueprnt\"; allowed: did you mean blueprint? one of: blueprint, outcome, request\n", r.err)
	require.Equal(t, 2, b.run("schema").code)
}

// TestConvert wants the translation to be a blueprint that says the same.
func TestConvert(t *testing.T) {
	b := newBench(t)
	r := b.run("convert", "testdata/two.xml")
	require.Equal(t, 0, r.code, r.err)
	golden(t, "convert", r.out)
	path := filepath.Join(t.TempDir(), "two.yaml")
	require.NoError(t, os.WriteFile(path, []byte(r.out), 0o600))
	require.Equal(t, b.run("blueprints", "testdata/two.xml").out, b.run("blueprints", path).out)

	for argument, says := range map[string]string{
		"testdata/broken.xml":   "testdata/broken.xml:1:13: deployable.version: found \"2.0\"",
		"testdata/app/app.yaml": "a file with an Aeolus deployable, in XML",
		"testdata/missing.xml":  "no such file or directory",
	} {
		r := b.run("convert", argument)
		require.Equal(t, 2, r.code)
		require.Contains(t, r.err, says)
		require.Empty(t, r.out)
	}
}
