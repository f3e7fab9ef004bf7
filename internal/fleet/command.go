package fleet

import (
	"context"
	"fmt"
	"strings"
)

// command answers one of the scripts that Aiolos runs on nodes, and returns an exit code.
type command func(m *machine, ctx context.Context, args []string, t *terminal) int

// exitUnknown is a shell's for a command that there is not.
const exitUnknown = 127

// run runs a command line as remote.Command renders it.
func (m *machine) run(ctx context.Context, line string, t *terminal) int {
	rest, found := strings.CutPrefix(line, "exec sh -c ")
	words, ok := unquote(rest)
	if !found || !ok || len(words) < 2 {
		fmt.Fprintln(t.Stderr(), "a simulated machine has no shell")
		return exitUnknown
	}
	answer, known := m.fleet.scripts[words[0]]
	if !known {
		first, _, _ := strings.Cut(words[0], "\n")
		fmt.Fprintf(t.Stderr(), "a simulated machine does not know the script that begins with: %s\n", first)
		return exitUnknown
	}
	return answer(m, ctx, words[2:], t)
}

// unquote reads words that remote.Quote rendered; false means that these are others.
func unquote(line string) ([]string, bool) {
	var words []string
	for line != "" {
		var word strings.Builder
		for line != "" && line[0] != ' ' && line[0] != '\n' {
			switch {
			case strings.HasPrefix(line, `\'`):
				word.WriteByte('\'')
				line = line[2:]
			case line[0] == '\'':
				text, rest, closed := strings.Cut(line[1:], "'")
				if !closed {
					return nil, false
				}
				word.WriteString(text)
				line = rest
			default:
				return nil, false
			}
		}
		words = append(words, word.String())
		line = strings.TrimPrefix(line, " ")
		if strings.HasPrefix(line, "\n") {
			return nil, false
		}
	}
	return words, true
}
