package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"aiolos/activities"
	"aiolos/lab/labtest"
)

// TestSharesAddUp counts what workers do that come and go, in time that is made up.
func TestSharesAddUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const total = 10.0
		workers, done := 0, 0
		var asked error
		count := func(context.Context) (int, error) { return workers, asked }
		begin := func() *share {
			s, err := newShare(t.Context(), total, count, slog.New(slog.DiscardHandler))
			require.NoError(t, err)
			workers++
			return s
		}
		during := func(seconds int, all ...*share) int {
			done = 0
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(seconds)*time.Second)
			defer cancel()
			ended := make(chan int)
			for _, s := range all {
				go func() {
					n := 0
					for s.Turn(ctx) == nil {
						n++
					}
					ended <- n
				}()
			}
			for range all {
				done += <-ended
			}
			return done
		}
		first := begin()
		const long = 100
		require.InDelta(t, total*long, during(long, first), total)
		second, third := begin(), begin()
		time.Sleep(shareEvery + time.Second) // made up, too
		require.InDelta(t, total*long, during(long, first, second, third), total)
		asked = errors.New("Temporal is away")
		workers = 1
		time.Sleep(2 * shareEvery)
		require.InDelta(t, total*long/3, during(long, first), total, "it stays as it was")
		asked = nil
		time.Sleep(2 * shareEvery)
		require.InDelta(t, total*long, during(long, first), total)
		for _, s := range []*share{first, second, third} {
			s.Close()
		}
		asked = errors.New("Temporal is away")
		_, err := newShare(t.Context(), total, count, slog.New(slog.DiscardHandler))
		require.Error(t, err)
	})
}

// TestWorkersOn counts workers on a real server.
func TestWorkersOn(t *testing.T) {
	address := labtest.StartServer(t, nil)
	count := workersOn(labtest.Dial(t, address), "queue")
	n, err := count(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
	for _, name := range []string{"one", "two", "three"} {
		c, err := client.Dial(client.Options{HostPort: address, Identity: name, Logger: labtest.Quiet()})
		require.NoError(t, err)
		t.Cleanup(c.Close)
		w := worker.New(c, "queue", worker.Options{})
		w.RegisterActivity(&activities.Deeds{})
		require.NoError(t, w.Start())
		t.Cleanup(w.Stop)
	}
	labtest.Eventually(t, "all three are known", 30*time.Second, func() bool {
		n, err := count(t.Context())
		return err == nil && n == 3
	})
}
