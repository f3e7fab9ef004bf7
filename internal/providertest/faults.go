package providertest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// mostCalls is how many calls an operation on three nodes may take, so that a
// test of each of them ends.
const mostCalls = 200

// launchWithFaults has each call of a launch go wrong once, before and after its
// effect: the next attempt has to find what there is.
func launchWithFaults(t *testing.T, s Subject) {
	everyCall(t, s, func(t *testing.T, f Fixture, d string, n int, after bool) (failed bool) {
		f.Faults.Fail(n, after)
		_, err := f.Launch(t.Context(), d, f.Nodes(d, "storage", s.Nodes))
		failed = f.Faults.Heal()
		if failed && err == nil {
			t.Logf("call %d went wrong, and the launch did not", n)
		} else if !failed {
			require.NoError(t, err)
		}
		f.check(t, d, f.launch(t, d, s.Nodes))
		return failed
	})
}

// terminateWithFaults does the same to the removal of a deployment.
func terminateWithFaults(t *testing.T, s Subject) {
	everyCall(t, s, func(t *testing.T, f Fixture, d string, n int, after bool) (failed bool) {
		f.launch(t, d, s.Nodes)
		f.Faults.Fail(n, after)
		_, err := f.Terminate(t.Context(), d, nil)
		failed = f.Faults.Heal()
		if !failed {
			require.NoError(t, err)
		}
		_, err = f.Terminate(t.Context(), d, nil)
		require.NoError(t, err)
		f.gone(t, d)
		return failed
	})
}

// everyCall repeats a test, each time on a deployment of its own, with the first
// call going wrong, the second, and so on, until there is none left that could.
func everyCall(t *testing.T, s Subject, test func(t *testing.T, f Fixture, d string, n int, after bool) (failed bool)) {
	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprintf("after=%t", after), func(t *testing.T) {
			f := s.New(t)
			n := 1
			for failed := true; failed; n += s.Every {
				require.Less(t, n, mostCalls)
				t.Run(fmt.Sprint(n), func(t *testing.T) {
					d := fmt.Sprintf("fault-%t-%d", after, n)
					f.clear(t, d)
					failed = test(t, f, d, n, after)
				})
				if t.Failed() {
					return
				}
			}
			require.Greater(t, n, 1+s.Every, "no call went wrong")
		})
	}
}
