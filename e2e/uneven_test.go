package e2e

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/lab/labtest"
)

// TestUneven: one simulated node takes five times as long as it would. All that does not need it is
// done before it; only what does comes after. AIOLOS_UNEVEN_NODES measures other numbers of
// nodes, at the pace of the lab: `make bench-uneven`.
func TestUneven(t *testing.T) {
	labtest.NeedEngine(t)
	const base, slow = 21700, "storage-7"
	for _, nodes := range unevenSizes(t) {
		pace := "0.1"
		if os.Getenv("AIOLOS_UNEVEN_NODES") != "" {
			pace = "1"
		}
		t.Run(fmt.Sprintf("%d nodes", nodes), func(t *testing.T) {
			l := labtest.Start(t, "e2euneven", base, "--simulate", "--simulate-scale", pace,
				"--simulate-faults", `[{"what": "slow", "node": "`+slow+`", "factor": 5}]`,
				"--fleet-port", strconv.Itoa(base+6), "--ssh-port", strconv.Itoa(base+7))
			require.Equal(t, deploy.StateDone, l.Deploy(t, "uneven", "testdata/uneven.yaml", "-p", "nodes="+strconv.Itoa(nodes)).State)
			s := l.Status(t, "uneven")
			last := *stepOf(t, s, "tune", slow).Finished
			began, others, ended := last, time.Time{}, last
			for _, step := range s.Steps {
				if step.Started.Before(began) {
					began = *step.Started
				}
				if step.Finished.After(ended) {
					ended = *step.Finished
				}
				switch {
				case step.Name == "report":
					require.False(t, step.Started.Before(last), "the report needs all")
				case step.Node != slow:
					require.True(t, step.Finished.Before(last), "%s on %s was done %s after %s", step.Name, step.Node, step.Finished.Sub(last), slow)
					if step.Finished.After(others) {
						others = *step.Finished
					}
				}
			}
			require.Len(t, s.Steps, 4*nodes+1, "launch, connect, configure and tune on each, and the report")
			t.Logf("| %d | %.1f | %.1f | %.1f |", nodes, others.Sub(began).Seconds(), last.Sub(began).Seconds(), ended.Sub(began).Seconds())
		})
	}
}

func unevenSizes(t *testing.T) []int {
	t.Helper()
	wanted := os.Getenv("AIOLOS_UNEVEN_NODES")
	if wanted == "" {
		return []int{12, 120}
	}
	var sizes []int
	for text := range strings.FieldsSeq(wanted) {
		n, err := strconv.Atoi(text)
		require.NoError(t, err)
		sizes = append(sizes, n)
	}
	return sizes
}
