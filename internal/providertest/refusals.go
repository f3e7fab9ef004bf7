package providertest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

// refusals wants requests for what is not mapped to fail for good, before
// anything is made.
func refusals(t *testing.T, s Subject) {
	const d = "refused"
	f := fixture(t, s, d)
	for what, change := range map[string]func(*deploy.NodeSpec){
		"profile": func(n *deploy.NodeSpec) { n.Profile = "no-such-profile" },
		"image":   func(n *deploy.NodeSpec) { n.Image = "no-such-image" },
	} {
		nodes := f.Nodes(d, "storage", 2)
		change(&nodes[1].NodeSpec)
		_, err := f.Launch(t.Context(), d, nodes)
		require.Error(t, err, what)
		require.ErrorContains(t, err, "no-such-"+what)
		var kinded interface{ Kind() deploy.Kind }
		require.True(t, errors.As(err, &kinded), what)
		require.Equal(t, deploy.KindInvalidRequest, kinded.Kind(), what)
		f.gone(t, d)
	}
}

// hostile are no names: of files, patterns, options, commands.
var hostile = []string{"", "..", "../x", "*", "a*", "?", "a b", "-rf", "a;reboot", "$(reboot)", "a\nb", "a,b", "ä", strings.Repeat("a", 64)}

func names(t *testing.T, s Subject) {
	const d = "named"
	f := fixture(t, s, d)
	f.launch(t, d, 1)
	for _, name := range hostile {
		_, err := f.Find(t.Context(), name)
		require.Error(t, err, "find %q", name)
		_, err = f.Launch(t.Context(), name, f.Nodes(d, "storage", 1))
		require.Error(t, err, "launch %q", name)
		_, err = f.Terminate(t.Context(), name, nil)
		require.Error(t, err, "terminate %q", name)
		_, err = f.Terminate(t.Context(), d, []string{name})
		require.Error(t, err, "terminate node %q", name)
		for what, change := range map[string]func(*deploy.NodeSpec){
			"name":     func(n *deploy.NodeSpec) { n.Name = name },
			"group":    func(n *deploy.NodeSpec) { n.Group = name },
			"hostname": func(n *deploy.NodeSpec) { n.Hostname = name },
			"device":   func(n *deploy.NodeSpec) { n.Disks = []deploy.Disk{{Device: "/dev/" + name, SizeGB: 1}} },
		} {
			node := f.Node(d, "storage", 1)
			change(&node.NodeSpec)
			_, err := f.Launch(t.Context(), d, []deploy.Launch{node})
			require.Error(t, err, "launch with %s %q", what, name)
		}
	}
	require.Equal(t, 1, f.Machines(t, d))
}

// limits launches what is as large as the language of blueprints allows.
func limits(t *testing.T, s Subject) {
	d := s.LongName
	f := fixture(t, s, d)
	node := f.Node(d, strings.Repeat("g", 20), 7)
	node.Hostname = d[:30] + "-" + node.Name
	node.Labels = map[string]string{}
	for i := range deploy.MaxLabels {
		node.Labels[strings.Repeat(string(rune('a'+i)), 63)] = strings.Repeat("v", 255)
	}
	launched, err := f.Launch(t.Context(), d, []deploy.Launch{node})
	require.NoError(t, err)
	require.Equal(t, 7, launched[0].Index)
	found, err := f.Find(t.Context(), d)
	require.NoError(t, err)
	require.Equal(t, ids(launched), ids(found))
	removed, err := f.Terminate(t.Context(), d, nil)
	require.NoError(t, err)
	require.Equal(t, []string{node.Name}, removed)
}

// cancelled wants calls to end with their context, and to say that it was that.
func cancelled(t *testing.T, s Subject) {
	const d = "cancelled"
	f := fixture(t, s, d)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.Launch(ctx, d, f.Nodes(d, "storage", 1))
	require.ErrorIs(t, err, context.Canceled)
	_, err = f.Find(ctx, d)
	require.ErrorIs(t, err, context.Canceled)
	_, err = f.Terminate(ctx, d, nil)
	require.ErrorIs(t, err, context.Canceled)
}
