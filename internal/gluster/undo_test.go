package gluster

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

// tasks is the answer to `volume status` with a task under way.
func tasks(t *testing.T, kind string, status string, bricks ...string) answer {
	one := "<task><type>" + kind + "</type><status>" + status + "</status><params>"
	for _, b := range bricks {
		one += "<brick>" + b + "</brick>"
	}
	return answer{out: strings.Replace(recorded(t, "status-distribute.xml"), "<tasks/>", "<tasks>"+one+"</params></task></tasks>", 1)}
}

func TestDeleteVolume(t *testing.T) {
	stopped := strings.Replace(recorded(t, "info-distribute.xml"), "<status>1</status>", "<status>2</status>", 1)
	for name, c := range map[string]struct {
		info  answer
		force bool
		want  DeleteResult
		calls string
	}{
		"none":    {answer{out: recorded(t, "info-missing.xml")}, false, DeleteResult{}, ""},
		"started": {answer{out: recorded(t, "info-distribute.xml")}, false, DeleteResult{true, true}, "volume stop vol01; volume delete vol01"},
		"force":   {answer{out: recorded(t, "info-distribute.xml")}, true, DeleteResult{true, true}, "volume stop vol01 force; volume delete vol01"},
		"stopped": {answer{out: stopped}, false, DeleteResult{false, true}, "volume delete vol01"},
		"created": {answer{out: strings.Replace(stopped, "<status>2<", "<status>0<", 1)}, true, DeleteResult{false, true}, "volume delete vol01"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fake{t: t, answers: map[string][]answer{"volume info": {c.info}, "volume": {told(0, 0, "")}}}
			got, err := DeleteVolume(t.Context(), f, "vol01", c.force, nil)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			require.Equal(t, c.calls, strings.Join(f.calls[1:], "; "))
		})
	}

	var invalid *deploy.InvalidError
	_, err := DeleteVolume(t.Context(), &fake{t: t}, "-f", true, nil)
	require.ErrorAs(t, err, &invalid)

	// Someone else has deleted it: the next look will find that.
	f := scripted(t, map[string]string{"volume info": "info-distribute.xml info-missing.xml", "pool list": "pool-list-2.xml"})
	f.answers["volume stop"] = []answer{told(-1, 30800, "Volume vol01 does not exist")}
	got, err := DeleteVolume(t.Context(), f, "vol01", false, nil)
	var failed *CommandError
	require.ErrorAs(t, err, &failed)
	require.True(t, failed.Temporary())
	require.Equal(t, DeleteResult{}, got)
}

func TestRemoveBricks(t *testing.T) {
	const first, second = "storage-0:/data/brick01", "storage-1:/data/brick01"
	none, runs := answer{out: recorded(t, "status-distribute.xml")}, answer{out: recorded(t, "remove-runs.xml")}
	done, start, commit := answer{out: recorded(t, "remove-done.xml")}, answer{out: recorded(t, "remove-start.xml")}, answer{out: recorded(t, "remove-commit.xml")}
	silent := answer{out: strings.ReplaceAll(done.out, "8ff02dcd", "99999999")}
	const step = "volume remove-brick vol01 " + second + " "
	setup := func(status answer, moving ...answer) *fake {
		f := scripted(t, map[string]string{"volume info": "info-distribute.xml"})
		f.answers["volume status"] = []answer{status}
		f.answers["volume rebalance vol01 stop"] = []answer{told(0, 0, "")}
		f.answers[step+"start"], f.answers[step+"commit"], f.answers[step+"stop"] = []answer{start}, []answer{commit}, []answer{done}
		f.answers[step+"status"] = moving
		return f
	}
	for name, c := range map[string]struct {
		f     *fake
		calls string // what changed something
	}{
		"from the beginning": {setup(none, runs, told(-1, 30802, "busy"), done), step + "start; " + step + "commit"},
		"taken up":           {setup(tasks(t, taskRemove, "1", second), runs, done), step + "commit"},
		"moved already":      {setup(tasks(t, taskRemove, "3", second), done), step + "commit"},
		"rebalancing":        {setup(tasks(t, taskRebalance, "1"), done), "volume rebalance vol01 stop; " + step + "start; " + step + "commit"},
		"was rebalanced":     {setup(tasks(t, taskRebalance, "3"), done), step + "start; " + step + "commit"},
		"silent at first":    {setup(none, silent, done), step + "start; " + step + "commit"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := RemoveBricks(t.Context(), c.f, "vol01", []string{second, "storage-7:/data/other"}, nil)
			require.NoError(t, err)
			require.Equal(t, []string{second}, got)
			var changes []string
			for _, call := range c.f.calls {
				if !strings.HasSuffix(call, " status") && !strings.HasPrefix(call, "volume info") && !strings.HasPrefix(call, "volume status") {
					changes = append(changes, call)
				}
			}
			require.Equal(t, c.calls, strings.Join(changes, "; "))
		})
	}

	t.Run("failures", func(t *testing.T) {
		f := setup(none, runs, answer{out: recorded(t, "remove-failures.xml")})
		_, err := RemoveBricks(t.Context(), f, "vol01", []string{second}, nil)
		var failed *RemoveError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, []string{"storage-1: completed, 5 files moved, 20 failed, 0 skipped"}, failed.Evidence())
		require.Equal(t, deploy.KindGluster, failed.Kind())
		require.Equal(t, step+"stop", f.calls[len(f.calls)-1])
		require.NotContains(t, f.calls, step+"commit")
	})
	t.Run("never heard of", func(t *testing.T) {
		f := setup(none, silent)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		_, err := RemoveBricks(ctx, f, "vol01", []string{second}, nil)
		var wait *WaitError
		require.ErrorAs(t, err, &wait)
		require.Equal(t, []string{"storage-1: nothing is heard of it"}, wait.Missing)
		require.NotContains(t, f.calls, step+"commit")
	})
	for name, c := range map[string]struct {
		info, status answer
		bricks       string
		says         string
	}{
		"all":         {answer{out: recorded(t, "info-distribute.xml")}, none, first + " " + second, "none left"},
		"not started": {answer{out: recorded(t, "info-created.xml")}, none, "storage-0:/data/brick01", "not started"},
		"half a set":  {answer{out: recorded(t, "info-distributed-replicate.xml")}, none, "", "whole sets"},
		"another":     {answer{out: recorded(t, "info-distribute.xml")}, tasks(t, taskRemove, "1", first), second, "the removal of others (" + first + ")"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.bricks == "" {
				r, err := parse([]byte(c.info.out))
				require.NoError(t, err)
				c.bricks = r.Volumes[0].Bricks[0].Name
				c.info.out = strings.ReplaceAll(c.info.out, "<name>"+r.Volumes[0].Name+"</name>", "<name>vol01</name>")
			}
			f := &fake{t: t, answers: map[string][]answer{"volume info": {c.info}, "volume status": {c.status}}}
			_, err := RemoveBricks(t.Context(), f, "vol01", strings.Fields(c.bricks), nil)
			var failed *RemoveError
			require.ErrorAs(t, err, &failed)
			require.Contains(t, failed.Error(), c.says)
			require.Equal(t, deploy.KindConflict, failed.Kind())
			require.False(t, failed.Temporary())
		})
	}
	var invalid *deploy.InvalidError
	_, err := RemoveBricks(t.Context(), &fake{t: t}, "vol01", []string{"nonsense"}, nil)
	require.ErrorAs(t, err, &invalid)
}

func TestDetach(t *testing.T) {
	const gone = "pool-list-0.xml"
	setup := func(info, pools string, detach ...answer) *fake {
		f := scripted(t, map[string]string{"volume info": info, "pool list": pools})
		f.answers["peer detach"] = detach
		return f
	}
	ok, down := answer{out: recorded(t, "detach-ok.xml")}, told(-1, detachDown, "One of the peers is probably down. Check with 'peer status'")
	for name, c := range map[string]struct {
		f     *fake
		host  string
		done  bool
		calls string
	}{
		"a peer":          {setup("info-none.xml", "pool-list-2.xml pool-list-2.xml "+gone, ok), "storage-2", true, "peer detach storage-2"},
		"down":            {setup("info-none.xml", "pool-list-disconnected.xml "+gone, down, ok), "storage-2", true, "peer detach storage-2; peer detach storage-2 force"},
		"no peer":         {setup("info-none.xml", gone, answer{out: recorded(t, "detach-no-peer.xml")}), "storage-9", false, "peer detach storage-9"},
		"not by force":    {setup("info-none.xml", "pool-list-disconnected.xml", down, answer{out: recorded(t, "detach-no-peer.xml")}), "storage-2", false, "peer detach storage-2; peer detach storage-2 force"},
		"by another name": {setup("info-none.xml", gone, ok), "10.0.0.7", true, "peer detach 10.0.0.7"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Detach(t.Context(), c.f, []string{c.host}, nil)
			require.NoError(t, err)
			require.Equal(t, c.done, len(got) == 1)
			var calls []string
			for _, call := range c.f.calls {
				if strings.HasPrefix(call, "peer") {
					calls = append(calls, call)
				}
			}
			require.Equal(t, c.calls, strings.Join(calls, "; "))
		})
	}
	for name, c := range map[string]struct {
		info      string
		answer    answer
		kind      deploy.Kind
		temporary bool
	}{
		"it holds a brick":         {"info-distribute.xml", ok, deploy.KindConflict, false},
		"gluster says it does":     {"info-none.xml", answer{out: recorded(t, "detach-bricks.xml")}, deploy.KindConflict, false},
		"the node itself":          {"info-none.xml", told(-1, detachSelf, "storage-1 is localhost"), deploy.KindConflict, false},
		"it is being detached":     {"info-none.xml", told(-1, detachIsLeaving, "leaving"), deploy.KindGluster, true},
		"another change under way": {"info-none.xml", told(-1, errnoBusy, "busy"), deploy.KindGluster, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := setup(c.info, "pool-list-2.xml", c.answer)
			_, err := Detach(t.Context(), f, []string{"storage-1"}, nil)
			var failed *DetachError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, c.kind, failed.Kind())
			require.Equal(t, c.temporary, failed.Temporary())
			if c.info != "info-none.xml" {
				require.Equal(t, []string{"vol01 storage-1:/data/brick01"}, failed.Evidence())
				require.NotContains(t, strings.Join(f.calls, "; "), "detach", "gluster is not even asked")
			}
		})
	}
	var invalid *deploy.InvalidError
	_, err := Detach(t.Context(), &fake{t: t}, []string{"localhost"}, nil)
	require.ErrorAs(t, err, &invalid)
}

func TestReplaceDead(t *testing.T) {
	const old = "4e7b2af1-bb9f-4ee9-bdd2-df68f43871a2" // of storage-2
	alone := "<cliOutput><opRet>0</opRet><peerStatus><peer><uuid>%</uuid><hostname>localhost</hostname><connected>1</connected></peer></peerStatus></cliOutput>"
	setup := func(info, uuid string) ([]Member, *fake) {
		f := scripted(t, map[string]string{"volume info": info, "pool list": "pool-list-disconnected.xml pool-list-disconnected.xml pool-list-0.xml", "peer detach": "detach-ok.xml"})
		fresh := &fake{t: t, answers: map[string][]answer{"pool list": {{out: strings.ReplaceAll(alone, "%", uuid)}}}}
		return []Member{{Node: "s-2", Hostname: "storage-2", Runner: fresh}, {Node: "s-0", Hostname: "storage-0", Runner: f}}, f
	}
	members, f := setup("info-distribute.xml", "new")
	got, err := ReplaceDead(t.Context(), members, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"storage-2"}, got)
	require.Contains(t, f.calls, "peer detach storage-2")

	members, f = setup("info-distribute.xml", old)
	got, err = ReplaceDead(t.Context(), members, nil)
	require.NoError(t, err)
	require.Empty(t, got)
	require.Len(t, f.calls, 1, "it is the one that the pool knows")

	members, f = setup("info-replicate.xml", "new")
	_, err = ReplaceDead(t.Context(), members, nil)
	var replaced *ReplacedError
	require.ErrorAs(t, err, &replaced)
	require.Equal(t, deploy.KindConflict, replaced.Kind())
	require.Equal(t, []string{"rep storage-2:/data/rep"}, replaced.Evidence())
	require.Equal(t, old, replaced.Old)
	require.Equal(t, "new", replaced.New)
	require.Equal(t, "s-2", replaced.Node)
	require.NotContains(t, strings.Join(f.calls, "; "), "detach")
}
