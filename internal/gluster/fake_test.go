package gluster

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"aiolos/internal/remote"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// answer is what a fake says to one command.
type answer struct {
	out  string
	exit int
	err  error
}

// fake answers commands from a script, to inject faults: for each command line
// a row of answers, of which the last one stays.
type fake struct {
	t  *testing.T
	mu sync.Mutex
	// answers by the beginning of the command line; the longest match counts.
	answers map[string][]answer
	calls   []string
}

func (f *fake) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil {
		return remote.Result{}, ctx.Err()
	}
	line := strings.Join(c.Args, " ")
	f.calls = append(f.calls, line)
	best := ""
	for prefix := range f.answers {
		if strings.HasPrefix(line, prefix) && len(prefix) > len(best) {
			best = prefix
		}
	}
	row := f.answers[best]
	require.NotEmpty(f.t, row, "no answer to %q", line)
	a := row[0]
	if len(row) > 1 {
		f.answers[best] = row[1:]
	}
	if a.err != nil {
		return remote.Result{}, a.err
	}
	_, err := io.WriteString(c.Stdout, a.out)
	require.NoError(f.t, err)
	return remote.Result{Exit: a.exit}, nil
}

// recorded reads an answer of a real GlusterFS 10.3.
func recorded(t testing.TB, name string) string {
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(data)
}

func quiet(string) {}
