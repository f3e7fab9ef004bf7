package aiolos_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestArticleRows wants all rows of the article in the table, and the subtests
// that it names in the test.
func TestArticleRows(t *testing.T) {
	table, err := os.ReadFile("docs/article.md")
	require.NoError(t, err)
	source, err := os.ReadFile("e2e/article_test.go")
	require.NoError(t, err)
	known := map[string]bool{}
	for _, m := range regexp.MustCompile(`\{(\d+), "([^"]+)", func|"row (\d+), ([^"]+)"`).FindAllStringSubmatch(string(source), -1) {
		known["row "+m[1]+m[3]+", "+m[2]+m[4]] = true
	}
	rows := regexp.MustCompile(`(?m)^\| (\d+) \| .* \| (.*) \|$`).FindAllStringSubmatch(string(table), -1)
	const all = 29
	require.Len(t, rows, all)
	named := 0
	for _, row := range rows {
		for _, test := range strings.Split(row[2], "; ") {
			require.True(t, known[test], "there is no subtest %q", test)
			require.True(t, strings.HasPrefix(test, "row "+row[1]+","), "%q is not of row %s", test, row[1])
			named++
		}
	}
	require.Len(t, known, named, "a subtest is not in the table")
}

// TestWorkedExample puts the action of docs/adding-an-action.md in its place and
// has the compiler and the reader of blueprints look at it.
func TestWorkedExample(t *testing.T) {
	page, err := os.ReadFile("docs/adding-an-action.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	require.Len(t, blocks, 2, "the file and the line")
	list, err := os.ReadFile("activities/action.go")
	require.NoError(t, err)
	const last = "\t\tverifyAction(),\n"
	require.Contains(t, string(list), last)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	root, err := os.Getwd()
	require.NoError(t, err)
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(root, "activities", "tcpport.go"): write("tcpport.go", blocks[0][1]),
		filepath.Join(root, "activities", "action.go"):  write("action.go", strings.Replace(string(list), last, last+blocks[1][1], 1)),
		filepath.Join(root, "activities", "tcpport_test.go"): write("tcpport_test.go", `package activities

import (
	"testing"

	"aiolos/deploy"
)

func TestTCPPort(t *testing.T) {
	text := "name: x\nparameters: {port: {type: integer, default: 80}}\ngroups: {web: {count: 1, profile: p}}\nsteps: {s: {on: web, tcp_port: {port: '${params.port}'}}}\n"
	b, err := deploy.ReadBlueprint("x", []byte(text), Types())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Plan("d", deploy.Request{}, "docker", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Plan("d", deploy.Request{Parameters: map[string]any{"port": 70000}}, "docker", nil); err == nil {
		t.Fatal("port 70000 was accepted")
	}
}
`),
	}})
	require.NoError(t, err)
	out, err := exec.Command("go", "test", "-vet=all", "-overlay", write("overlay.json", string(overlay)), "-run", "TestTCPPort", "-v", "./activities").CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: TestTCPPort")
}
