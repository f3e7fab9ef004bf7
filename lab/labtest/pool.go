package labtest

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// PoolIsGood looks at a pool from inside its nodes.
func (l *Lab) PoolIsGood(t testing.TB, name string, nodes int) {
	t.Helper()
	ids := l.Containers(t, name)
	require.Len(t, ids, nodes)
	info := On(t, ids[Storage(0)], "gluster volume info vol01")
	require.Contains(t, info, "Volume Name: vol01")
	require.Contains(t, info, "Status: Started")
	require.Contains(t, info, "Transport-type: tcp")
	for i := range nodes {
		require.Contains(t, info, fmt.Sprintf("%s-%s:/data/brick01", name, Storage(i)))
	}
	require.Contains(t, info, fmt.Sprintf("Number of Bricks: %d", nodes))
	for _, id := range ids {
		require.Equal(t, strconv.Itoa(nodes-1), On(t, id, "gluster peer status | grep -c 'Peer in Cluster (Connected)' || true"))
	}
	last := ids[Storage(nodes-1)]
	On(t, ids[Storage(0)], fmt.Sprintf("mkdir -p /m && mount -t glusterfs %s-%s:/vol01 /m && echo hello > /m/seen && umount /m", name, Storage(0)))
	require.Equal(t, "hello", On(t, last, fmt.Sprintf("mkdir -p /m && mount -t glusterfs %s-%s:/vol01 /m && cat /m/seen && umount /m", name, Storage(nodes-1))))
	status := l.Status(t, name)
	require.Len(t, status.Nodes, nodes)
}
