package chaos

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/lab/labtest"
)

// Settings, from the environment: AIOLOS_CHAOS=all runs every scenario and not only
// the short selection; another value is a regular expression of those to run.
// AIOLOS_CHAOS_SEED chooses where faults strike where that is left open (1), and
// AIOLOS_CHAOS_TABLE is a file for the table of results.
type settings struct {
	only  *regexp.Regexp
	all   bool
	seed  uint64
	table string
}

func readSettings(t *testing.T) settings {
	s := settings{seed: 1, table: os.Getenv("AIOLOS_CHAOS_TABLE")}
	switch only := os.Getenv("AIOLOS_CHAOS"); only {
	case "":
	case "all":
		s.all = true
	default:
		var err error
		s.only, err = regexp.Compile(only)
		require.NoError(t, err, "AIOLOS_CHAOS")
	}
	if text := os.Getenv("AIOLOS_CHAOS_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err, "AIOLOS_CHAOS_SEED")
		s.seed = seed
	}
	return s
}

// labs is how many labs work side by side: most of a scenario is waiting.
const labs = 3

// TestChaos breaks deployments, one fault after the other.
func TestChaos(t *testing.T) {
	if at := os.Getenv(relayEnv); at != "" {
		relay(at)
		return
	}
	labtest.NeedEngine(t)
	s := readSettings(t)
	var chosen []int
	all := scenarios()
	for i, sc := range all {
		if s.all || s.only == nil && sc.short || s.only != nil && s.only.MatchString(sc.name) {
			chosen = append(chosen, i)
		}
	}
	require.NotEmpty(t, chosen, "AIOLOS_CHAOS matches no scenario")
	results := &table{seed: s.seed, path: s.table, rows: make([]string, len(all))}
	defer results.write(t)
	queue := make(chan int, len(chosen))
	// From the end: what takes longest does not come last.
	for _, i := range slices.Backward(chosen) {
		queue <- i
	}
	close(queue)
	t.Run("labs", func(t *testing.T) {
		for i := range labs {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, fmt.Sprintf("chaos%d", i), 18233+100*i)
				warm(t, r)
				for n := range queue {
					began := time.Now()
					one(t, r, all[n], n, s.seed, results)
					t.Logf("%s: %s", all[n].name, time.Since(began).Round(100*time.Millisecond))
				}
			})
		}
	})
}

// warm runs one deployment without any fault, so that what a worker makes once is
// no leak.
func warm(t *testing.T, r *rig) {
	calm := newRun(t, r, "calm", 999, 1)
	calm.start(3)
	calm.completes()
	calm.good(3)
	require.ElementsMatch(t, activityIDs, r.temporal.reportedOf(calm.name), "every boundary is a kill point")
	calm.destroy()
	var err error
	r.calm, err = r.holds(t)
	require.NoError(t, err)
}

// one runs a scenario.
func one(t *testing.T, r *rig, sc scenario, number int, seed uint64, results *table) {
	var c *run
	ok := t.Run(sc.name, func(t *testing.T) {
		c = newRun(t, r, sc.name, number, seed)
		defer func() {
			left := r.temporal.clear()
			r.engine.clear()
			if t.Failed() {
				r.tidy(t, c.name)
			} else {
				require.Empty(t, left, "a fault that never struck")
			}
		}()
		sc.run(c)
		require.False(t, c.struck.IsZero(), "no fault struck")
		c.destroy()
		r.leaksNothing(t)
	})
	results.add(number, sc.name, ok, c.recovered)
}

// tidy takes away what a scenario that failed has left, for the next.
func (r *rig) tidy(t *testing.T, name string) {
	r.killWorker()
	if pid := r.PID(t); r.labRuns(pid) {
		require.NoError(t, syscall.Kill(pid, syscall.SIGCONT))
		r.killLab(t)
	}
	r.Up(t)
	status := r.Aiolos(t, "status", name)
	t.Logf("%s\n%s", status.Stdout, status.Stderr)
	_ = os.Remove(r.dir + "/hold")
	_ = r.client.TerminateWorkflow(t.Context(), name, "", "the scenario failed")
	for _, id := range strings.Fields(labtest.Docker(t, "ps", "-aq", "--filter", "label=aiolos.lab="+r.Name)) {
		labtest.Docker(t, "rm", "-fv", id)
	}
	// Destroying removes the disks, of which the engine knows nothing.
	answer := r.Aiolos(t, "destroy", name, "--confirm", name)
	t.Logf("destroy: %s%s", answer.Stdout, answer.Stderr)
}

// table collects the results, in the order of the scenarios.
type table struct {
	seed uint64
	path string
	mu   sync.Mutex
	// rows are as many as there are scenarios; empty where one was not run.
	rows []string
}

func (b *table) add(number int, name string, ok bool, recovered time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	result := "passed"
	if !ok {
		result = "FAILED"
	}
	b.rows[number] = fmt.Sprintf("| %d | %s | %d | %s | %.1f s |\n", number+1, name, b.seed, result, recovered.Seconds())
}

func (b *table) write(t *testing.T) {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := "| | scenario | seed | result | time to recover |\n|---|---|---|---|---|\n"
	for _, row := range b.rows {
		text += row
	}
	t.Logf("%d of %d scenarios\n%s", strings.Count(text, "\n")-2, len(b.rows), text)
	if b.path != "" {
		require.NoError(t, os.WriteFile(b.path, []byte(text), 0o600))
	}
}
