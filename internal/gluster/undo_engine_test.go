package gluster

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

// TestEngineUndo takes back what TestEngine makes: bricks with files in them, peers,
// volumes, and a machine that another one has replaced.
func TestEngineUndo(t *testing.T) {
	members := nodes(t, 3)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	first := members[0].Runner
	say := func(s string) { t.Log(s) }
	bricks := strings.Fields("node-0:/data/v node-1:/data/v node-2:/data/v")
	mount := "d=$(mktemp -d) && mount -t glusterfs localhost:/v $d && (cd $d; %s); code=$?; umount $d; rmdir $d; exit $code"
	sums := func(i int) string {
		return members[i].Runner.(container).sh(t, fmt.Sprintf(mount, "find . -type f | sort | xargs sha256sum | sha256sum"))
	}
	conflict := func(err error) {
		t.Helper()
		var k interface{ Kind() deploy.Kind }
		require.ErrorAs(t, err, &k)
		require.Equal(t, deploy.KindConflict, k.Kind(), "%v", err)
		t.Log(err)
	}

	_, err := EnsurePool(ctx, members, say)
	require.NoError(t, err)
	_, err = EnsureVolume(ctx, first, Volume{Name: "v", Bricks: bricks[:2]}, say)
	require.NoError(t, err)
	members[0].Runner.(container).sh(t, fmt.Sprintf(mount, "mkdir d; for i in $(seq 100); do head -c 70000 /dev/urandom >f$i; echo $i >d/$i; done; ln f1 hard; ln -s f2 soft"))
	before := sums(1)

	t.Run("bricks", func(t *testing.T) {
		_, err := EnsureVolume(ctx, first, Volume{Name: "v", Bricks: bricks, Rebalance: RebalanceFull}, say)
		require.NoError(t, err)
		moved := members[2].Runner.(container).sh(t, "find /data/v -path '*/.glusterfs' -prune -o -type f -print | wc -l")
		require.NotEqual(t, "0", moved, "the new brick holds files")
		members[2].Runner.(container).sh(t, fmt.Sprintf(mount, "for i in $(seq 30); do echo new >new$i; done"))
		after := sums(0)

		_, err = RemoveBricks(ctx, first, "v", bricks, say)
		conflict(err)
		_, err = Detach(ctx, first, []string{"node-2"}, say)
		conflict(err)

		began := time.Now()
		gone, err := RemoveBricks(ctx, members[1].Runner, "v", bricks[2:], say)
		require.NoError(t, err)
		require.Equal(t, bricks[2:], gone)
		t.Log("removed in", time.Since(began))
		for i := range members {
			require.Equal(t, after, sums(i), "every file is there")
		}
		members[0].Runner.(container).sh(t, fmt.Sprintf(mount, "rm new*"))
		require.Equal(t, before, sums(1))
		require.Equal(t, "0", members[2].Runner.(container).sh(t, "find /data/v -path '*/.glusterfs' -prune -o -type f -print | wc -l"))
		gone, err = RemoveBricks(ctx, first, "v", bricks[2:], say)
		require.NoError(t, err)
		require.Empty(t, gone, "there is nothing to do")
		_, err = FreeBricks(ctx, members[1], bricks, say)
		require.ErrorContains(t, err, "it is a brick of volume v")
		freed, err := FreeBricks(ctx, members[2], bricks[2:], say)
		require.NoError(t, err)
		require.Equal(t, bricks[2:], freed)
		gone, err = RemoveBricks(ctx, first, "none", bricks[2:], say)
		require.NoError(t, err)
		require.Empty(t, gone)
	})
	t.Run("no room", func(t *testing.T) {
		_, err := EnsureVolume(ctx, first, Volume{Name: "v", Bricks: bricks}, say)
		require.NoError(t, err, "the brick has been freed")
		members[0].Runner.(container).sh(t, fmt.Sprintf(mount, "for i in $(seq 60); do head -c 300000 /dev/zero >big$i; done"))
		for _, m := range members[:2] {
			m.Runner.(container).sh(t, "mount -o remount,size=$(($(df -k --output=used /data | tail -n 1) + 900))k /data")
		}
		kept := sums(0)
		_, err = RemoveBricks(ctx, first, "v", bricks[2:], say)
		var failed *RemoveError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, deploy.KindGluster, failed.Kind())
		require.Contains(t, strings.Join(failed.Evidence(), " "), "node-2")
		t.Log(err, failed.Evidence())
		require.Equal(t, kept, sums(1), "nothing is lost")
		for _, m := range members[:2] {
			m.Runner.(container).sh(t, "mount -o remount,size=1G /data")
		}
		// What was in the way is mended: it goes on.
		gone, err := RemoveBricks(ctx, first, "v", bricks[2:], say)
		require.NoError(t, err)
		require.Equal(t, bricks[2:], gone)
		require.Equal(t, kept, sums(1))
	})
	t.Run("interrupted", func(t *testing.T) {
		members[2].Runner.(container).sh(t, "rm -rf /data/v")
		_, err := EnsureVolume(ctx, first, Volume{Name: "v", Bricks: bricks}, say)
		require.NoError(t, err)
		kept := sums(0)
		short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		_, err = RemoveBricks(short, first, "v", bricks[2:], say)
		cancel()
		require.Error(t, err)
		t.Log(err)
		require.Eventually(t, func() bool {
			gone, err := RemoveBricks(ctx, first, "v", bricks[2:], say)
			if err != nil {
				t.Log(err)
			}
			return err == nil && len(gone) == 1
		}, 30*time.Second, time.Second)
		require.Equal(t, kept, sums(1))
	})
	t.Run("sets", func(t *testing.T) {
		all := strings.Fields("node-0:/data/r1 node-1:/data/r1 node-1:/data/r2 node-2:/data/r2")
		_, err := EnsureVolume(ctx, first, Volume{Name: "r", Replica: 2, Bricks: all}, say)
		require.NoError(t, err)
		in := strings.ReplaceAll(mount, "/v", "/r")
		members[0].Runner.(container).sh(t, fmt.Sprintf(in, "for i in $(seq 40); do echo $i >f$i; done"))
		_, err = RemoveBricks(ctx, first, "r", all[3:], say)
		conflict(err)
		gone, err := RemoveBricks(ctx, first, "r", all[2:], say)
		require.NoError(t, err)
		require.Equal(t, all[2:], gone)
		require.Equal(t, "40", members[2].Runner.(container).sh(t, fmt.Sprintf(in, "cat f* | sort -u | wc -l")))
		_, err = DeleteVolume(ctx, first, "r", false, say)
		require.NoError(t, err)
	})
	t.Run("replaced", func(t *testing.T) {
		forgotten, err := ReplaceDead(ctx, members, say)
		require.NoError(t, err)
		require.Empty(t, forgotten)
		renew(t, ctx, members[2])
		_, err = EnsurePool(ctx, members, say)
		conflict(err)
		forgotten, err = ReplaceDead(ctx, members, say)
		require.NoError(t, err)
		require.Equal(t, []string{"node-2"}, forgotten)
		pool, err := EnsurePool(ctx, members, say)
		require.NoError(t, err)
		require.Equal(t, []string{"node-2"}, pool.Probed)

		_, err = EnsureVolume(ctx, first, Volume{Name: "v", Bricks: []string{bricks[0], bricks[1], "node-2:/data/w"}}, say)
		require.NoError(t, err)
		renew(t, ctx, members[2])
		_, err = ReplaceDead(ctx, members, say)
		var replaced *ReplacedError
		require.ErrorAs(t, err, &replaced)
		require.Equal(t, []string{"v node-2:/data/w"}, replaced.Bricks)
		require.Equal(t, "storage-2", replaced.Node)
		conflict(err)
	})
	t.Run("all", func(t *testing.T) {
		deleted, err := DeleteVolume(ctx, first, "v", true, say)
		require.NoError(t, err)
		require.Equal(t, DeleteResult{Stopped: true, Deleted: true}, deleted)
		deleted, err = DeleteVolume(ctx, first, "v", true, say)
		require.NoError(t, err)
		require.Equal(t, DeleteResult{}, deleted)
		require.NotEmpty(t, members[0].Runner.(container).sh(t, "ls /data/v"), "files stay in the bricks")

		// One is dead, the other is alive.
		members[2].Runner.(container).sh(t, "systemctl stop glusterd")
		detached, err := Detach(ctx, first, []string{"node-1", "node-2", "node-9"}, say)
		require.NoError(t, err)
		require.Equal(t, []string{"node-1", "node-2"}, detached)
		detached, err = Detach(ctx, first, []string{"node-1", "node-2"}, say)
		require.NoError(t, err)
		require.Empty(t, detached)
		_, err = Detach(ctx, first, []string{"node-0"}, say)
		conflict(err)
	})
}

// renew makes the machine forget all that glusterd ever knew, as a fresh one does.
func renew(t *testing.T, ctx context.Context, m Member) {
	t.Helper()
	m.Runner.(container).sh(t, "systemctl stop glusterd; pkill -x glusterfsd; rm -rf /data/*; find /var/lib/glusterd -mindepth 1 -maxdepth 1 ! -name groups ! -name hooks -exec rm -rf {} +; systemctl start glusterd")
	require.Eventually(t, func() bool { _, err := m.view(ctx); return err == nil }, 10*time.Second, 100*time.Millisecond)
}
