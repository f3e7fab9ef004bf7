package gluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

// list is `pool list` of the member "self" with peers "uuid", "uuid!" for a
// disconnected one, or "uuid?" for one that is not in the cluster yet.
func list(self, peers string) string {
	var b strings.Builder
	b.WriteString("<cliOutput><opRet>0</opRet><opErrno>0</opErrno><opErrstr/><peerStatus>")
	for p := range strings.FieldsSeq(peers) {
		connected, state, str := 1, 3, "Peer in Cluster"
		switch p[len(p)-1] {
		case '!':
			connected = 0
		case '?':
			state, str = 4, "Accepted peer request"
		}
		fmt.Fprintf(&b, "<peer><uuid>%s</uuid><hostname>x</hostname><connected>%d</connected><state>%d</state><stateStr>%s</stateStr></peer>", strings.TrimRight(p, "!?"), connected, state, str)
	}
	fmt.Fprintf(&b, "<peer><uuid>%s</uuid><hostname>localhost</hostname><connected>1</connected></peer></peerStatus></cliOutput>", self)
	return b.String()
}

func told(ret, errno int, words string) answer {
	return answer{out: fmt.Sprintf("<cliOutput><opRet>%d</opRet><opErrno>%d</opErrno><opErrstr>%s</opErrstr></cliOutput>", ret, errno, words)}
}

// pool makes members a, b, c, … of the rows of peers that each sees in turn.
func pool(t *testing.T, rows ...[]string) ([]Member, []*fake) {
	var members []Member
	var fakes []*fake
	for i, row := range rows {
		id := string(rune('a' + i))
		f := &fake{t: t, answers: map[string][]answer{}}
		for _, peers := range row {
			f.answers["pool list"] = append(f.answers["pool list"], answer{out: list(id, peers)})
		}
		members = append(members, Member{Node: "node-" + id, Hostname: id, Runner: f})
		fakes = append(fakes, f)
	}
	return members, fakes
}

func TestEnsurePoolLooksFirst(t *testing.T) {
	members, fakes := pool(t, []string{"b c"}, []string{"a c"}, []string{"a b"})
	got, err := EnsurePool(t.Context(), members, nil)
	require.NoError(t, err)
	require.Empty(t, got.Probed)
	for _, f := range fakes {
		require.Equal(t, []string{"pool list"}, f.calls)
	}
}

func TestEnsurePoolProbesWhatIsMissing(t *testing.T) {
	members, fakes := pool(t, []string{"b", "b c?", "b c"}, []string{"a", "a", "a c!", "a c"}, []string{"", "a b"})
	fakes[0].answers["peer probe c"] = []answer{told(0, 0, "")}
	var heard []string
	got, err := EnsurePool(t.Context(), members, func(s string) { heard = append(heard, s) })
	require.NoError(t, err)
	require.Equal(t, []string{"c"}, got.Probed)
	require.Equal(t, []string{"pool list", "pool list"}, fakes[2].calls, "who sees all is not asked again")
	require.Equal(t, []string{
		"probing c",
		`waiting for the pool of 3: node-a sees node-c in the state "Accepted peer request"; node-b does not know node-c`,
		"waiting for the pool of 3: node-b sees node-c disconnected (Peer in Cluster)",
	}, heard)
}

func TestEnsurePoolProbesFromInside(t *testing.T) {
	// The first member is new; only those inside can let it in.
	members, fakes := pool(t, []string{"", "b c"}, []string{"c", "a c"}, []string{"b", "a b"})
	fakes[1].answers["peer probe a"] = []answer{told(0, 0, "")}
	got, err := EnsurePool(t.Context(), members, quiet)
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, got.Probed)
}

func TestEnsurePoolSaysWhatIsMissing(t *testing.T) {
	members, _ := pool(t, []string{"b!"}, []string{"a"})
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	_, err := EnsurePool(ctx, members, quiet)
	var wait *WaitError
	require.ErrorAs(t, err, &wait)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, []string{"node-a sees node-b disconnected (Peer in Cluster)"}, wait.Missing)
	require.Equal(t, deploy.KindTimeout, wait.Kind())
	var temporary interface{ Temporary() bool }
	require.ErrorAs(t, err, &temporary)
	require.False(t, temporary.Temporary(), "though the deadline's own error is")
}

func TestEnsurePoolErrors(t *testing.T) {
	t.Run("glusterd does not run", func(t *testing.T) {
		members, fakes := pool(t, []string{""}, nil)
		fakes[1].answers["pool list"] = []answer{{out: recorded(t, "not-running.txt"), exit: 1}}
		_, err := EnsurePool(t.Context(), members, quiet)
		var failed *CommandError
		require.ErrorAs(t, err, &failed)
		require.True(t, failed.Temporary())
		require.EqualError(t, err, "node-b: gluster pool list: Connection failed. Please check if gluster daemon is operational.; it seems that glusterd does not run")
	})
	t.Run("not installed", func(t *testing.T) {
		members, fakes := pool(t, nil)
		fakes[0].answers["pool list"] = []answer{{exit: 127}}
		_, err := EnsurePool(t.Context(), members, quiet)
		var failed *CommandError
		require.ErrorAs(t, err, &failed)
		require.False(t, failed.Temporary())
		require.EqualError(t, err, "node-a: gluster pool list: no answer, exit code 127; gluster's command line is not installed")
	})
	t.Run("cut off", func(t *testing.T) {
		members, fakes := pool(t, nil)
		fakes[0].answers["pool list"] = []answer{{out: "<?xml version=\"1.0\"?><cliOutput><opRet>0"}}
		_, err := EnsurePool(t.Context(), members, quiet)
		require.ErrorContains(t, err, "not the XML expected")
	})
	t.Run("too long", func(t *testing.T) {
		members, fakes := pool(t, nil)
		fakes[0].answers["pool list"] = []answer{{out: strings.Repeat("<", maxAnswer+1)}}
		_, err := EnsurePool(t.Context(), members, quiet)
		require.ErrorContains(t, err, "longer than")
	})
	t.Run("connection lost", func(t *testing.T) {
		lost := errors.New("connection lost")
		members, fakes := pool(t, nil)
		fakes[0].answers["pool list"] = []answer{{err: lost}}
		_, err := EnsurePool(t.Context(), members, quiet)
		require.ErrorIs(t, err, lost)
		require.ErrorContains(t, err, "node-a")
	})
	t.Run("no members", func(t *testing.T) {
		_, err := EnsurePool(t.Context(), nil, quiet)
		require.NoError(t, err)
	})
	t.Run("twins", func(t *testing.T) {
		members, fakes := pool(t, []string{""}, []string{""})
		fakes[1].answers["pool list"] = []answer{{out: list("a", "")}}
		_, err := EnsurePool(t.Context(), members, quiet)
		var twin *TwinError
		require.ErrorAs(t, err, &twin)
		require.Equal(t, []string{"node-a", "node-b"}, twin.Nodes)
	})
	for name, c := range map[string]struct {
		answer    answer
		kind      deploy.Kind
		temporary bool
		words     string
	}{
		"unreachable":   {answer{out: recorded(t, "probe-unreachable.xml")}, deploy.KindGluster, true, "node-a cannot probe b: Probe returned with Transport endpoint is not connected (gluster's error 107)"},
		"itself":        {answer{out: recorded(t, "probe-self.xml")}, deploy.KindConflict, false, "the name leads to node-a itself, not to node-b"},
		"name is taken": {answer{out: recorded(t, "probe-known.xml")}, deploy.KindConflict, false, "belongs to another machine of the pool"},
		"other pool":    {told(-1, 3, "b is already part of another cluster"), deploy.KindConflict, false, "already part of another cluster"},
		"detaching":     {told(-1, 11, "being detached"), deploy.KindGluster, true, "being detached"},
	} {
		t.Run(name, func(t *testing.T) {
			members, fakes := pool(t, []string{""}, []string{""})
			fakes[0].answers["peer probe b"] = []answer{c.answer}
			got, err := EnsurePool(t.Context(), members, quiet)
			var failed *ProbeError
			require.ErrorAs(t, err, &failed)
			require.Empty(t, got.Probed)
			require.Equal(t, c.kind, failed.Kind())
			require.Equal(t, c.temporary, failed.Temporary())
			require.Equal(t, name == "unreachable", failed.Unreachable())
			require.ErrorContains(t, err, c.words)
		})
	}
	t.Run("probed by another meanwhile", func(t *testing.T) {
		members, fakes := pool(t, []string{"", "b"}, []string{"", "a"})
		fakes[0].answers["peer probe b"] = []answer{{out: recorded(t, "probe-known.xml")}}
		_, err := EnsurePool(t.Context(), members, quiet)
		require.NoError(t, err)
	})
}
