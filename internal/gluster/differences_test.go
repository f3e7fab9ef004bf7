package gluster

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

func TestPoolDifferences(t *testing.T) {
	members, _ := pool(t, []string{"b c"}, []string{"a c"}, []string{"a b"})
	got, err := PoolDifferences(t.Context(), members)
	require.NoError(t, err)
	require.Empty(t, got)

	members, fakes := pool(t, []string{"b"}, []string{"a c!"}, []string{"b"})
	got, err = PoolDifferences(t.Context(), members)
	require.NoError(t, err)
	require.Equal(t, []string{
		"node-a does not know node-c", "node-b sees node-c disconnected (Peer in Cluster)", "node-c does not know node-a",
	}, got)
	for _, f := range fakes {
		require.Equal(t, []string{"pool list"}, f.calls, "it only looks")
	}

	members, fakes = pool(t, []string{"b"}, []string{"a"})
	fakes[1].answers["pool list"] = []answer{{out: "Connection failed. Please check if gluster daemon is operational.", exit: 1}}
	got, err = PoolDifferences(t.Context(), members)
	require.NoError(t, err)
	require.Len(t, got, 1, "who is not there is told once: %v", got)
	require.Contains(t, got[0], "node-b: gluster pool list: Connection failed")

	lost := errors.New("the connection is lost")
	fakes[1].answers["pool list"] = []answer{{err: lost}}
	_, err = PoolDifferences(t.Context(), members)
	require.ErrorIs(t, err, lost)
}

func TestVolumeDifferences(t *testing.T) {
	there := map[string]string{"volume info": "info-distribute.xml", "volume status": "status-distribute.xml"}
	for name, c := range map[string]struct {
		files map[string]string
		want  func(*Volume)
		told  []string
	}{
		"none":      {there, func(*Volume) {}, nil},
		"not there": {map[string]string{"volume info": "info-missing.xml"}, func(*Volume) {}, []string{"volume vol01 does not exist"}},
		"option":    {there, func(v *Volume) { v.Options = map[string]string{"nfs.disable": "off"} }, []string{`option nfs.disable of volume vol01 is "on", not "off"`}},
		"option unset": {there, func(v *Volume) { v.Options = map[string]string{"performance.cache-size": "64MB"} },
			[]string{`option performance.cache-size of volume vol01 is not set, not "64MB"`}},
		"brick": {there, func(v *Volume) { v.Bricks = append(v.Bricks, "storage-2:/data/brick01") },
			[]string{"volume vol01 lacks the brick storage-2:/data/brick01"}},
		"definition": {there, func(v *Volume) { v.Replica = 2 }, []string{"volume vol01 has another definition: it is distribute, not replica 2"}},
		"busy": {map[string]string{"volume info": "info-distribute.xml", "volume status": "busy.xml"}, func(*Volume) {},
			[]string{"gluster volume status vol01: "}},
	} {
		t.Run(name, func(t *testing.T) {
			f := scripted(t, c.files)
			v := two()
			v.Options = nil
			c.want(&v)
			got, err := VolumeDifferences(t.Context(), f, v)
			require.NoError(t, err)
			require.Len(t, got, len(c.told), "%v", got)
			for i, want := range c.told {
				require.True(t, strings.HasPrefix(got[i], want), "%q", got[i])
			}
			require.False(t, slices.ContainsFunc(f.calls, func(call string) bool {
				return !strings.HasPrefix(call, "volume info") && !strings.HasPrefix(call, "volume status")
			}), "it only looks: %v", f.calls)
		})
	}
	_, err := VolumeDifferences(t.Context(), nil, Volume{Name: "-"})
	var invalid *deploy.InvalidError
	require.ErrorAs(t, err, &invalid)
}
