package aiolos_test

import (
	"os"
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
