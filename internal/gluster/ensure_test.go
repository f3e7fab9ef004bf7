package gluster

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

// two is the volume of info-distribute.xml.
func two() Volume {
	return Volume{Name: "vol01", Bricks: strings.Fields("storage-0:/data/brick01 storage-1:/data/brick01")}
}

func scripted(t *testing.T, files map[string]string) *fake {
	f := &fake{t: t, answers: map[string][]answer{}}
	for command, names := range files {
		for name := range strings.FieldsSeq(names) {
			f.answers[command] = append(f.answers[command], answer{out: recorded(t, name)})
		}
	}
	return f
}

func TestEnsureVolumeCreates(t *testing.T) {
	f := scripted(t, map[string]string{
		"volume info":   "info-missing.xml",
		"volume create": "create-ok.xml",
		"volume set":    "set-ok.xml",
		"volume start":  "start-ok.xml",
		"volume status": "status-not-started.xml busy.xml status-distribute.xml",
	})
	v := two()
	v.Options = map[string]string{"performance.cache-size": "64MB", "nfs.disable": "on"}
	got, err := EnsureVolume(t.Context(), f, v, nil)
	require.NoError(t, err)
	require.Equal(t, VolumeResult{Created: true, Started: true, OptionsSet: []string{"nfs.disable", "performance.cache-size"}}, got)
	require.Equal(t, []string{
		"volume info vol01",
		"volume create vol01 transport tcp storage-0:/data/brick01 storage-1:/data/brick01",
		"volume set vol01 nfs.disable on performance.cache-size 64MB",
		"volume start vol01",
		"volume status vol01", "volume status vol01", "volume status vol01",
	}, f.calls)
}

func TestEnsureVolumeCreateArguments(t *testing.T) {
	for want, v := range map[string]Volume{
		"replica 3 transport tcp a:/1 b:/1 c:/1 a:/2 b:/2 c:/2": {Replica: 3, Bricks: strings.Fields("a:/1 a:/2 b:/1 b:/2 c:/1 c:/2")},
		"replica 3 arbiter 1 transport tcp a:/1 b:/1 c:/1":      {Replica: 2, Arbiter: 1, Bricks: strings.Fields("a:/1 b:/1 c:/1")},
		"disperse 3 redundancy 1 transport tcp a:/1 b:/1 c:/1":  {Disperse: 3, Redundancy: 1, Bricks: strings.Fields("a:/1 b:/1 c:/1")},
		"replica 2 transport tcp a:/1 a:/2 force":               {Replica: 2, Force: true, Bricks: strings.Fields("a:/1 a:/2")},
	} {
		f := scripted(t, map[string]string{"volume info": "info-missing.xml", "pool list": "pool-list-2.xml"})
		f.answers["volume create"] = []answer{told(-1, 30800, "no")}
		v.Name = "v"
		_, err := EnsureVolume(t.Context(), f, v, quiet)
		require.Error(t, err)
		require.Equal(t, "volume create v "+want, f.calls[1])
	}
}

func TestEnsureVolumeChangesNothing(t *testing.T) {
	f := scripted(t, map[string]string{"volume info": "info-distribute.xml", "volume status": "status-distribute.xml"})
	v := two()
	v.Options = map[string]string{"nfs.disable": "on"}
	got, err := EnsureVolume(t.Context(), f, v, quiet)
	require.NoError(t, err)
	require.Equal(t, VolumeResult{}, got)
	require.Equal(t, []string{"volume info vol01", "volume status vol01"}, f.calls)
}

func TestEnsureVolumeExpands(t *testing.T) {
	status := strings.ReplaceAll(recorded(t, "status-distribute.xml"), "</node>\n        <tasks", "</node><node><hostname>storage-2</hostname><path>/data/brick01</path><status>1</status></node><tasks")
	v := two()
	v.Bricks = append(v.Bricks, "storage-2:/data/brick01")
	for mode, want := range map[string][]string{
		RebalanceNone: {"volume add-brick vol01 storage-2:/data/brick01", "volume status vol01"},
		"": {
			"volume set vol01 user.aiolos-rebalance fix-layout", "volume add-brick vol01 storage-2:/data/brick01", "volume status vol01",
			"volume rebalance vol01 status", "volume rebalance vol01 fix-layout start", "volume rebalance vol01 status", "volume set vol01 user.aiolos-rebalance done",
		},
		RebalanceFull: {
			"volume set vol01 user.aiolos-rebalance full", "volume add-brick vol01 storage-2:/data/brick01", "volume status vol01",
			"volume rebalance vol01 status", "volume rebalance vol01 start", "volume rebalance vol01 status", "volume set vol01 user.aiolos-rebalance done",
		},
	} {
		f := scripted(t, map[string]string{
			"volume info": "info-distribute.xml", "volume set": "set-ok.xml", "volume add-brick": "add-brick-ok.xml",
			"volume rebalance vol01 status": "rebalance-not-started.xml rebalance-done.xml",
			"volume rebalance vol01 start":  "rebalance-start.xml", "volume rebalance vol01 fix-layout start": "rebalance-start.xml",
		})
		f.answers["volume status"] = []answer{{out: status}}
		v.Rebalance = mode
		got, err := EnsureVolume(t.Context(), f, v, quiet)
		require.NoError(t, err)
		require.Equal(t, VolumeResult{BricksAdded: []string{"storage-2:/data/brick01"}, Rebalanced: mode != RebalanceNone}, got)
		require.Equal(t, want, f.calls[1:])
	}
}

// An expansion that was interrupted after its bricks were added is completed.
func TestEnsureVolumeRebalancesWhatIsOwed(t *testing.T) {
	owing := strings.Replace(recorded(t, "info-distribute.xml"), "<options>", "<options><option><name>"+marker+"</name><value>full</value></option>", 1)
	running := strings.ReplaceAll(recorded(t, "rebalance-done.xml"), "<status>3</status>", "<status>1</status>")
	running = strings.ReplaceAll(running, "<status>7</status>", "<status>1</status>")
	failed := strings.ReplaceAll(running, "<status>1</status>", "<status>4</status>")
	setup := func() *fake {
		f := scripted(t, map[string]string{"volume status": "status-distribute.xml", "volume set": "set-ok.xml", "volume rebalance vol01 status": "rebalance-done.xml"})
		f.answers["volume info"] = []answer{{out: owing}}
		return f
	}
	v := two()
	v.Rebalance = RebalanceFull

	f := setup()
	f.answers["volume rebalance vol01 status"] = []answer{{out: running}, told(-1, 30802, "busy"), {out: running}, {out: recorded(t, "rebalance-done.xml")}}
	got, err := EnsureVolume(t.Context(), f, v, quiet)
	require.NoError(t, err)
	require.Equal(t, VolumeResult{Rebalanced: true}, got)
	require.NotContains(t, f.calls, "volume rebalance vol01 start", "the one that runs is enough")
	require.Equal(t, "volume set vol01 user.aiolos-rebalance done", f.calls[len(f.calls)-1])

	f = setup()
	f.answers["volume rebalance vol01 status"] = []answer{{out: running}, {out: failed}}
	_, err = EnsureVolume(t.Context(), f, v, quiet)
	require.ErrorContains(t, err, "ended before it was done")

	f = setup()
	v.Rebalance = RebalanceNone
	got, err = EnsureVolume(t.Context(), f, v, quiet)
	require.NoError(t, err)
	require.Equal(t, VolumeResult{}, got)
}

func TestEnsureVolumeRefusals(t *testing.T) {
	refused := told(-1, 30800, "Host storage-1 not connected")
	for name, c := range map[string]struct {
		files     map[string]string
		answer    answer
		temporary bool
		detail    string
	}{
		"another transaction": {nil, answer{out: recorded(t, "busy.xml")}, true, ""},
		"for good":            {map[string]string{"pool list": "pool-list-2.xml", "volume info": "info-missing.xml"}, told(-1, 30800, "Staging failed on node-1. Error: no"), false, ""},
		"a peer sees less":    {map[string]string{"pool list": "pool-list-2.xml", "volume info": "info-missing.xml"}, refused, true, ""},
		"pool not whole":      {map[string]string{"pool list": "pool-list-disconnected.xml", "volume info": "info-missing.xml"}, refused, true, "peer storage-2: connected 0, Peer in Cluster"},
		"created meanwhile":   {map[string]string{"pool list": "pool-list-2.xml", "volume info": "info-missing.xml info-created.xml"}, answer{out: recorded(t, "create-exists.xml")}, true, "volume vol01 was changed meanwhile"},
		"glusterd is gone":    {map[string]string{"pool list": "not-running.txt", "volume info": "info-missing.xml"}, answer{out: recorded(t, "not-running.txt"), exit: 1}, true, "gluster pool list: Connection failed. Please check if gluster daemon is operational.; it seems that glusterd does not run"},
		"bad words":           {map[string]string{"pool list": "pool-list-2.xml", "volume info": "info-missing.xml"}, answer{out: recorded(t, "usage.txt"), exit: 1}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if c.files == nil {
				c.files = map[string]string{"volume info": "info-missing.xml"}
			}
			f := scripted(t, c.files)
			f.answers["volume create"] = []answer{c.answer}
			got, err := EnsureVolume(t.Context(), f, two(), quiet)
			var failed *CommandError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, VolumeResult{}, got)
			require.Equal(t, c.temporary, failed.Temporary(), "%v", err)
			require.Equal(t, deploy.KindGluster, failed.Kind())
			require.Equal(t, c.detail, strings.Join(failed.Evidence(), "\n"))
			require.NotEmpty(t, failed.Message)
			require.Contains(t, err.Error(), failed.Message)
		})
	}
}

func TestEnsureVolumeErrors(t *testing.T) {
	v := two()
	v.Replica = 2
	_, err := EnsureVolume(t.Context(), scripted(t, map[string]string{"volume info": "info-distribute.xml"}), v, quiet)
	var conflict *ConflictError
	require.ErrorAs(t, err, &conflict)
	require.Equal(t, deploy.KindConflict, conflict.Kind())

	v.Replica = 3
	_, err = EnsureVolume(t.Context(), &fake{t: t}, v, quiet)
	var invalid *deploy.InvalidError
	require.ErrorAs(t, err, &invalid)

	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = EnsureVolume(ctx, scripted(t, map[string]string{"volume info": "info-distribute.xml", "volume status": "status-brick-down.xml"}), two(), quiet)
	var wait *WaitError
	require.ErrorAs(t, err, &wait)
	require.Equal(t, []string{"brick storage-1:/data/brick01 is offline"}, wait.Missing)
}
