package gluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"aiolos/internal/remote"
)

// TestEngine makes a pool of three real nodes and volumes of every type on it.
func TestEngine(t *testing.T) {
	members := nodes(t, 3)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	first := members[0].Runner
	bricks := func(dir string, n int) []string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprintf("%s:/data/%s", members[i].Hostname, dir))
		}
		return out
	}
	took := func(what string, began time.Time) {
		t.Logf("%-28s %v", what, time.Since(began).Round(time.Millisecond))
	}
	say := func(s string) { t.Log(s) }

	began := time.Now()
	pool, err := EnsurePool(ctx, members[:2], say)
	require.NoError(t, err)
	require.Equal(t, []string{"node-1"}, pool.Probed)
	took("pool of two", began)
	began = time.Now()
	pool, err = EnsurePool(ctx, members, say)
	require.NoError(t, err)
	require.Equal(t, []string{"node-2"}, pool.Probed)
	took("pool of three", began)
	began = time.Now()
	pool, err = EnsurePool(ctx, members, say)
	require.NoError(t, err)
	require.Empty(t, pool.Probed)
	took("pool, nothing to do", began)

	_, err = EnsurePool(ctx, append(members[:3:3], Member{Node: "storage-9", Hostname: "node-9", Runner: &fake{t: t, answers: map[string][]answer{"": {{out: list("z", "")}}}}}), say)
	var probe *ProbeError
	require.ErrorAs(t, err, &probe)
	require.True(t, probe.Unreachable())

	began = time.Now()
	dist := Volume{Name: "dist", Bricks: bricks("dist", 2), Options: map[string]string{"performance.cache-size": "64MB"}}
	made, err := EnsureVolume(ctx, first, dist, say)
	require.NoError(t, err)
	require.Equal(t, VolumeResult{Created: true, Started: true, OptionsSet: []string{"performance.cache-size"}}, made)
	took("distribute, made", began)
	began = time.Now()
	made, err = EnsureVolume(ctx, first, dist, say)
	require.NoError(t, err)
	require.Equal(t, VolumeResult{}, made)
	took("distribute, nothing to do", began)
	began = time.Now()
	seen, err := Verify(ctx, "dist", members[0], members[1], say)
	require.NoError(t, err)
	require.EqualValues(t, fileBytes, seen.Bytes)
	require.Greater(t, seen.SizeBytes, int64(1<<30))
	require.Greater(t, seen.FreeBytes, int64(1<<30))
	took("verify", began)

	t.Run("conflict", func(t *testing.T) {
		other := dist
		other.Replica = 2
		_, err := EnsureVolume(ctx, first, other, say)
		var conflict *ConflictError
		require.ErrorAs(t, err, &conflict)
		_, err = EnsureVolume(ctx, first, Volume{Name: "dist", Bricks: bricks("dist", 1)}, say)
		require.ErrorAs(t, err, &conflict)
		require.ErrorContains(t, err, "node-1:/data/dist")
	})
	t.Run("refused", func(t *testing.T) {
		_, err := EnsureVolume(ctx, first, Volume{Name: "none", Bricks: []string{"node-9:/data/none"}}, say)
		var failed *CommandError
		require.ErrorAs(t, err, &failed)
		require.False(t, failed.Temporary())
		_, err = EnsureVolume(ctx, first, Volume{Name: "dist", Bricks: dist.Bricks, Options: map[string]string{"no.such": "1"}}, say)
		require.ErrorAs(t, err, &failed)
		require.Contains(t, failed.Message, "no.such")
	})
	t.Run("types", func(t *testing.T) {
		for _, v := range []Volume{
			{Name: "repl", Replica: 3, Bricks: bricks("repl", 3)},
			{Name: "disp", Disperse: 3, Redundancy: 1, Bricks: bricks("disp", 3)},
			{Name: "arbi", Replica: 2, Arbiter: 1, Bricks: bricks("arbi", 3)},
			// Bricks in an order that has to be changed.
			{Name: "dire", Replica: 2, Bricks: []string{"node-0:/data/dire1", "node-0:/data/dire2", "node-1:/data/dire1", "node-1:/data/dire2"}},
		} {
			began := time.Now()
			made, err := EnsureVolume(ctx, first, v, say)
			require.NoError(t, err)
			require.True(t, made.Created && made.Started)
			made, err = EnsureVolume(ctx, first, v, say)
			require.NoError(t, err)
			require.Equal(t, VolumeResult{}, made)
			_, err = Verify(ctx, v.Name, members[0], members[2], say)
			require.NoError(t, err)
			took(v.Name+", made twice and verified", began)
		}
		// One set more, from another node's point of view.
		v := Volume{Name: "repl", Replica: 3, Bricks: append(bricks("repl", 3), bricks("repl2", 3)...), Rebalance: RebalanceNone}
		made, err := EnsureVolume(ctx, members[2].Runner, v, say)
		require.NoError(t, err)
		require.Equal(t, bricks("repl2", 3), made.BricksAdded)
	})
	t.Run("busy", func(t *testing.T) {
		var group errgroup.Group
		busy := make([]bool, 6)
		for i := range busy {
			group.Go(func() error {
				_, err := EnsureVolume(ctx, members[i%3].Runner, Volume{Name: "dist", Bricks: dist.Bricks, Options: map[string]string{"performance.cache-size": fmt.Sprintf("%dMB", 70+i)}}, quiet)
				var failed *CommandError
				if errors.As(err, &failed) && failed.Temporary() {
					busy[i] = true
					return nil
				}
				return err
			})
		}
		require.NoError(t, group.Wait())
		require.Contains(t, busy, true)
	})
	t.Run("expand", func(t *testing.T) {
		kept := "d=$(mktemp -d) && mount -t glusterfs localhost:/dist $d && %s; code=$?; umount $d; rmdir $d; exit $code"
		members[1].Runner.(container).sh(t, fmt.Sprintf(kept, "echo kept >$d/file"))
		began := time.Now()
		v := Volume{Name: "dist", Bricks: bricks("dist", 3)}
		made, err := EnsureVolume(ctx, first, v, say)
		require.NoError(t, err)
		require.Equal(t, VolumeResult{BricksAdded: []string{"node-2:/data/dist"}, Rebalanced: true}, made)
		took("expanded", began)
		require.Equal(t, "kept", members[2].Runner.(container).sh(t, fmt.Sprintf(kept, "cat $d/file")))
		// The new brick is used: of many new files some go there.
		members[0].Runner.(container).sh(t, fmt.Sprintf(kept, "for i in $(seq 30); do : >$d/f$i; done"))
		require.NotEmpty(t, members[2].Runner.(container).sh(t, "ls /data/dist"))
		made, err = EnsureVolume(ctx, first, v, say)
		require.NoError(t, err)
		require.Equal(t, VolumeResult{}, made)
	})
	t.Run("verify fails", func(t *testing.T) {
		_, err := Verify(ctx, "nope", members[0], members[1], quiet)
		var failed *VerifyError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, "mount", failed.Deed)
		t.Log(err)
		// The reader cannot: the writer removes the file in its stead.
		away := members[2]
		away.Hostname = "node-9"
		_, err = Verify(ctx, "dist", members[0], away, quiet)
		require.ErrorAs(t, err, &failed)
		require.Equal(t, "storage-2", failed.Node)
		// The reader sees something else.
		_, err = Verify(ctx, "dist", members[0], Member{Node: "storage-1", Hostname: "node-1", Runner: liar{members[1].Runner}}, quiet)
		require.ErrorAs(t, err, &failed)
		require.False(t, failed.Temporary())
		t.Log(err)
	})
	for _, m := range members {
		left := m.Runner.(container).sh(t, "ls -a /data/* /run | grep aiolos; grep fuse.glusterfs /proc/mounts; true")
		require.Empty(t, left, "nothing is left on %s", m.Node)
	}
	t.Run("brick offline", func(t *testing.T) {
		members[1].Runner.(container).sh(t, "kill $(cat /run/gluster/vols/dist/*.pid)")
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, err := EnsureVolume(ctx, first, Volume{Name: "dist", Bricks: bricks("dist", 3)}, say)
		var wait *WaitError
		require.ErrorAs(t, err, &wait)
		require.Equal(t, []string{"brick node-1:/data/dist is offline"}, wait.Missing)
	})
	t.Run("glusterd stopped", func(t *testing.T) {
		members[2].Runner.(container).sh(t, "systemctl stop glusterd")
		_, err := EnsurePool(ctx, members, say)
		var failed *CommandError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, "storage-2", failed.Node)
		require.True(t, failed.Temporary())
		_, err = EnsureVolume(ctx, first, Volume{Name: "late", Bricks: bricks("late", 3)}, say)
		require.ErrorAs(t, err, &failed)
		require.True(t, failed.Temporary(), "%v", err)
		require.Contains(t, strings.Join(failed.Evidence(), " "), "connected 0")
	})
}

// liar changes what is read.
type liar struct{ remote.Runner }

func (l liar) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	res, err := l.Runner.Run(ctx, c)
	if c.Stdout != nil {
		_, _ = c.Stdout.Write([]byte("x"))
	}
	return res, err
}
