package chaos

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDocumented holds the table in the docs against the scenarios that there are.
func TestDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/chaos.md")
	require.NoError(t, err)
	var documented []string
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) == 7 && strings.TrimSpace(cells[4]) != "result" && !strings.HasPrefix(cells[1], "---") {
			documented = append(documented, strings.TrimSpace(cells[2]))
			require.Equal(t, "passed", strings.TrimSpace(cells[4]), cells[2])
		}
	}
	var names []string
	short := 0
	for _, sc := range scenarios() {
		names = append(names, sc.name)
		if sc.short {
			short++
		}
	}
	require.Equal(t, names, documented)
	require.GreaterOrEqual(t, len(names), 60)
	require.NotZero(t, short)
}
