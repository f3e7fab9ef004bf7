package providertest

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

// terminateOne removes a node among others, which stay, and launches it anew.
func terminateOne(t *testing.T, s Subject) {
	const d = "one"
	f := fixture(t, s, d)
	three := f.launch(t, d, 3)
	removed, err := f.Terminate(t.Context(), d, []string{"storage-1", "storage-7"})
	require.NoError(t, err)
	require.Equal(t, []string{"storage-1"}, removed)
	require.Equal(t, 2, f.Machines(t, d))
	found, err := f.Find(t.Context(), d)
	require.NoError(t, err)
	require.Equal(t, []string{three[0].ID, three[2].ID}, ids(found))

	again := f.launch(t, d, 3)
	require.Equal(t, []bool{false, true, false}, []bool{again[0].Launched, again[1].Launched, again[2].Launched})
	require.Equal(t, three[0].ID, again[0].ID)
	require.Equal(t, three[2].ID, again[2].ID)
	if !s.Fixed {
		require.NotEqual(t, three[1].ID, again[1].ID)
	}
	// A node that is replaced twice is not the one of before, either.
	_, err = f.Terminate(t.Context(), d, []string{"storage-1"})
	require.NoError(t, err)
	f.check(t, d, f.launch(t, d, 3))
}

// terminateNone wants an empty list to mean no node, rather than all.
func terminateNone(t *testing.T, s Subject) {
	const d = "keep"
	f := fixture(t, s, d)
	f.launch(t, d, 1)
	removed, err := f.Terminate(t.Context(), d, []string{})
	require.NoError(t, err)
	require.Empty(t, removed)
	require.Equal(t, 1, f.Machines(t, d))
}

// apart wants deployments to know nothing of each other, whose names begin alike.
func apart(t *testing.T, s Subject) {
	f := fixture(t, s, "demo", "demo-storage", "dem")
	demo, other := f.launch(t, "demo", 1), f.launch(t, "demo-storage", 1)
	require.NotEqual(t, demo[0].ID, other[0].ID)
	found, err := f.Find(t.Context(), "dem")
	require.NoError(t, err)
	require.Empty(t, found)
	removed, err := f.Terminate(t.Context(), "dem", nil)
	require.NoError(t, err)
	require.Empty(t, removed)
	_, err = f.Terminate(t.Context(), "demo", nil)
	require.NoError(t, err)
	f.gone(t, "demo")
	require.Equal(t, 1, f.Machines(t, "demo-storage"))
}

// concurrentAttempts launches the same nodes several times at once, as happens
// when an attempt that was given up goes on.
func concurrentAttempts(t *testing.T, s Subject) {
	const d = "twice"
	f := fixture(t, s, d)
	results, errs := make([][]deploy.Instance, 3), make([]error, 3)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() { results[i], errs[i] = f.Launch(t.Context(), d, f.Nodes(d, "storage", s.Nodes)) })
	}
	wg.Wait()
	for i := range results {
		require.NoError(t, errs[i])
		require.Equal(t, ids(results[0]), ids(results[i]))
	}
	f.check(t, d, results[0])
}

func concurrentDeployments(t *testing.T, s Subject) {
	deployments := []string{"red", "green", "blue"}
	f := fixture(t, s, deployments...)
	errs := make([]error, len(deployments))
	var wg sync.WaitGroup
	for i, d := range deployments {
		wg.Go(func() {
			for range 2 {
				if _, errs[i] = f.Launch(t.Context(), d, f.Nodes(d, "storage", 1)); errs[i] != nil {
					return
				}
			}
			if d == "green" {
				_, errs[i] = f.Terminate(t.Context(), d, nil)
			}
		})
	}
	wg.Wait()
	for i, d := range deployments {
		require.NoError(t, errs[i], d)
	}
	counts := fmt.Sprint(f.Machines(t, "red"), f.Machines(t, "green"), f.Machines(t, "blue"))
	require.Equal(t, "1 0 1", counts)
}
