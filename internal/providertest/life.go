package providertest

import (
	"net/netip"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

func nodeName(group string, index int) string { return group + "-" + strconv.Itoa(index) }

func nothing(t *testing.T, s Subject) {
	f := fixture(t, s, "none")
	ctx := t.Context()
	require.Contains(t, f.Profiles(), f.Profile)
	require.True(t, slices.IsSorted(f.Profiles()) && slices.IsSorted(f.Images()))
	found, err := f.Find(ctx, "none")
	require.NoError(t, err)
	require.Empty(t, found)
	launched, err := f.Launch(ctx, "none", nil)
	require.NoError(t, err)
	require.Empty(t, launched)
	for _, nodes := range [][]string{nil, {}, {"storage-0"}} {
		removed, err := f.Terminate(ctx, "none", nodes)
		require.NoError(t, err)
		require.Empty(t, removed)
	}
}

// life launches, relaunches, grows, terminates, launches again.
func life(t *testing.T, s Subject) {
	const d = "life"
	f := fixture(t, s, d)
	ctx := t.Context()
	two := f.launch(t, d, 2)
	f.check(t, d, two)
	require.True(t, two[0].Launched && two[1].Launched)

	again := f.launch(t, d, 2)
	require.Equal(t, ids(two), ids(again))
	require.False(t, again[0].Launched || again[1].Launched)

	three := f.launch(t, d, 3)
	require.Equal(t, ids(two), ids(three[:2]))
	require.Equal(t, []bool{false, false, true}, []bool{three[0].Launched, three[1].Launched, three[2].Launched})
	f.check(t, d, three)

	// Fewer than there are is no reason to remove any.
	one := f.launch(t, d, 1)
	require.Equal(t, ids(three[:1]), ids(one))
	require.Equal(t, 3, f.Machines(t, d))

	removed, err := f.Terminate(ctx, d, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"storage-0", "storage-1", "storage-2"}, removed)
	f.gone(t, d)
	removed, err = f.Terminate(ctx, d, nil)
	require.NoError(t, err)
	require.Empty(t, removed)

	fresh := f.launch(t, d, 1)
	require.True(t, fresh[0].Launched)
	if !s.Fixed {
		require.NotContains(t, ids(three), fresh[0].ID)
	}
	f.check(t, d, fresh)
}

// order wants what is asked for in the order in which it is asked for, and what
// is found by group and index.
func order(t *testing.T, s Subject) {
	const d = "order"
	f := fixture(t, s, d)
	asked := []deploy.Launch{f.Node(d, "web", 0), f.Node(d, "db", 1), f.Node(d, "db", 0)}
	launched, err := f.Launch(t.Context(), d, asked)
	require.NoError(t, err)
	require.Equal(t, []string{"web-0", "db-1", "db-0"}, nodesOf(launched))
	found, err := f.Find(t.Context(), d)
	require.NoError(t, err)
	require.Equal(t, []string{"db-0", "db-1", "web-0"}, nodesOf(found))
}

// launch launches the first nodes of the group "storage".
func (f Fixture) launch(t *testing.T, deployment string, count int) []deploy.Instance {
	t.Helper()
	launched, err := f.Launch(t.Context(), deployment, f.Nodes(deployment, "storage", count))
	require.NoError(t, err)
	require.Len(t, launched, count)
	return launched
}

// check wants the instances to say all that there is to say, and to be found.
func (f Fixture) check(t *testing.T, deployment string, launched []deploy.Instance) {
	t.Helper()
	require.Equal(t, len(launched), f.Machines(t, deployment))
	seen := map[string]bool{}
	for i, instance := range launched {
		require.Equal(t, nodeName("storage", i), instance.Node)
		require.Equal(t, "storage", instance.Group)
		require.Equal(t, i, instance.Index)
		require.NotEmpty(t, instance.Hostname)
		_, err := netip.ParseAddr(instance.Address)
		require.NoError(t, err)
		for _, unique := range []string{"ID " + instance.ID, "address " + instance.Address, "host name " + instance.Hostname} {
			require.False(t, seen[unique], "%s serves twice", unique)
			seen[unique] = true
		}
		// A provider may know a disk by another name than the blueprint does.
		require.Len(t, instance.Disks, len(f.Disks))
		for k, disk := range instance.Disks {
			require.Equal(t, f.Disks[k].SizeGB, disk.SizeGB)
			require.NotEmpty(t, disk.Device)
		}
	}
	found, err := f.Find(t.Context(), deployment)
	require.NoError(t, err)
	require.Len(t, found, len(launched))
	for i := range found {
		require.Equal(t, launched[i].AsNode(), found[i].AsNode())
		require.False(t, found[i].Launched)
	}
}

func ids(instances []deploy.Instance) []string {
	var all []string
	for _, i := range instances {
		all = append(all, i.ID)
	}
	return all
}

func nodesOf(instances []deploy.Instance) []string {
	var all []string
	for _, i := range instances {
		all = append(all, i.Node)
	}
	return all
}
