package aiolos_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"aiolos/internal/config"

	"github.com/stretchr/testify/require"
)

// TestLinks wants that whatever the pages refer to by a relative link or as a picture
// is there, and that an anchor is a heading of its page.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`!?\[[^\]]*\]\(([^)\s]+)\)`)
	looked := 0
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(prose(page.text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			looked++
			path, anchor, _ := strings.Cut(m[1], "#")
			target := page.path
			if path != "" {
				target = filepath.Join(filepath.Dir(page.path), path)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %s: there is no %s", page.path, m[0], target)
				continue
			}
			if anchor != "" && !anchors(t, target)[anchor] {
				t.Errorf("%s: %s: %s has no heading #%s", page.path, m[0], target, anchor)
			}
		}
	}
	const few = 50
	require.Greater(t, looked, few, "links were looked at")
}

// TestIndex wants every page to be named in the index of the docs.
func TestIndex(t *testing.T) {
	index, err := os.ReadFile("docs/README.md")
	require.NoError(t, err)
	all, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, all)
	for _, path := range all {
		if name := filepath.Base(path); name != "README.md" && !strings.Contains(string(index), "("+name+")") {
			t.Errorf("docs/README.md does not name %s", name)
		}
	}
}

// TestMakeTargets wants what the pages have one make to be there to be made.
func TestMakeTargets(t *testing.T) {
	makefile, err := os.ReadFile("Makefile")
	require.NoError(t, err)
	for _, page := range pages(t) {
		for _, m := range regexp.MustCompile("(?m)(?:^|`)make ([a-z][a-z-]*)").FindAllStringSubmatch(page.text, -1) {
			if !strings.Contains(string(makefile), "\n"+m[1]+":") {
				t.Errorf("%s: there is no target %q", page.path, m[1])
			}
		}
	}
}

type page struct{ path, text string }

// pages are the README and all of the docs that are Markdown.
func pages(t *testing.T) []page {
	t.Helper()
	paths := []string{"README.md"}
	require.NoError(t, filepath.WalkDir("docs", func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == "node_modules" {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".md") {
			paths = append(paths, path)
		}
		return nil
	}))
	all := make([]page, len(paths))
	for i, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		all[i] = page{path, string(text)}
	}
	return all
}

var fence = regexp.MustCompile("(?ms)^[ ]*```.*?^[ ]*```[ ]*$")

// prose is a page without its blocks and spans of code.
func prose(text string) string {
	return regexp.MustCompile("`[^`\n]*`").ReplaceAllString(fence.ReplaceAllString(text, ""), "``")
}

// anchors are those that a page's headings make, as GitHub has it.
func anchors(t *testing.T, path string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	all := map[string]bool{}
	dropped := regexp.MustCompile(`[^\p{L}\p{N}\s_-]`)
	for _, m := range regexp.MustCompile(`(?m)^#+ +(.+)$`).FindAllStringSubmatch(fence.ReplaceAllString(string(text), ""), -1) {
		heading := strings.ToLower(dropped.ReplaceAllString(strings.TrimSpace(m[1]), ""))
		all[strings.ReplaceAll(heading, " ", "-")] = true
	}
	return all
}

// TestDocumentedConfiguration has the worker's own reader read what the pages show as
// a whole configuration.
func TestDocumentedConfiguration(t *testing.T) {
	read := 0
	for _, page := range pages(t) {
		for _, block := range fence.FindAllString(page.text, -1) {
			language, body, _ := strings.Cut(strings.TrimLeft(block, " `"), "\n")
			if language != "yaml" || !strings.HasPrefix(body, "secret: ") {
				continue
			}
			read++
			path := filepath.Join(t.TempDir(), "worker.yaml")
			require.NoError(t, os.WriteFile(path, []byte(strings.TrimRight(body, "`\n ")+"\n"), 0o600))
			if _, err := config.Read(path); err != nil {
				t.Errorf("%s: %v", page.path, err)
			}
		}
	}
	require.NotZero(t, read, "configurations were read")
}
