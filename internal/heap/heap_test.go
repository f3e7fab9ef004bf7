package heap

import (
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPercent(t *testing.T) {
	pace := Pace{Room: 64 << 20, Percent: 40}
	for held, want := range map[uint64]int{
		0: most, 1 << 20: most, 8 << 20: 800, 16 << 20: 400, 32 << 20: 200, 100 << 20: 60, 160 << 20: 40, 1 << 30: 40,
	} {
		require.Equal(t, want, pace.percent(held), "%d bytes", held)
	}
}

// TestKeep holds ever more, in a process of its own, and looks at what is set.
func TestKeep(t *testing.T) {
	if os.Getenv("AIOLOS_HEAP_TEST") == "" {
		for _, gogc := range []string{"", "77"} {
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKeep$", "-test.v")
			child.Env = append(os.Environ(), "AIOLOS_HEAP_TEST=1", "GOGC="+gogc)
			out, err := child.CombinedOutput()
			require.NoError(t, err, string(out))
		}
		return
	}
	set := func() int {
		now := debug.SetGCPercent(100)
		debug.SetGCPercent(now)
		return now
	}
	Pace{Room: 16 << 20, Percent: 30}.Keep()
	if os.Getenv("GOGC") != "" {
		require.Equal(t, 77, set(), "the operator has the last word")
		return
	}
	require.Equal(t, most, set())
	much := make([]byte, 100<<20)
	much[0] = 1
	comes := func(want int) func() bool {
		return func() bool {
			runtime.GC()
			return set() == want
		}
	}
	require.Eventually(t, comes(30), 10*time.Second, 5*time.Millisecond, "a large heap is collected often")
	runtime.KeepAlive(much) // up to here
	require.Eventually(t, comes(most), 10*time.Second, 5*time.Millisecond, "a small one is not")
}
