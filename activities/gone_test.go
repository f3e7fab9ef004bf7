package activities

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"aiolos/deploy"
)

// witness is a provider that has seen a machine go.
type witness struct {
	Provider
	gone  string
	err   error
	asked int
}

func (w *witness) Gone(_ context.Context, _ string, node deploy.Node) (string, bool, error) {
	w.asked++
	return "it was taken away", node.ID == w.gone, w.err
}

// away is an error of a node that does not answer.
type away struct{}

func (away) Error() string     { return "no route to host" }
func (away) Kind() deploy.Kind { return deploy.KindUnreachable }

func TestGone(t *testing.T) {
	node := deploy.Node{Name: "web-0", ID: "i-1"}
	w := &witness{gone: "i-1"}
	d := &Deeds{Providers: map[string]Provider{"other": struct{ Provider }{}, "seeing": w}}
	ctx := context.Background()

	err := d.orGone(ctx, "demo", node, away{})
	var gone *goneError
	require.ErrorAs(t, err, &gone)
	require.EqualError(t, err, "the machine of web-0 (i-1) is no more: it was taken away")
	require.ErrorIs(t, err, away{})
	again, _ := retryable[gone.Kind()]
	require.False(t, again)
	require.False(t, Deliberate(gone.Kind()))

	// Another error, another machine, and a provider that cannot tell.
	other := errors.New("exit code 1")
	require.Equal(t, other, d.orGone(ctx, "demo", node, other))
	require.NoError(t, d.orGone(ctx, "demo", node, nil))
	require.Equal(t, away{}, d.orGone(ctx, "demo", deploy.Node{Name: "web-1", ID: "i-2"}, away{}))
	w.err = errors.New("throttled")
	require.Equal(t, away{}, d.orGone(ctx, "demo", node, away{}))
}

// TestGoneIsNotAskedAtOnce: most nodes that do not answer soon do.
func TestGoneIsNotAskedAtOnce(t *testing.T) {
	w := &witness{gone: "i-1"}
	d := &Deeds{Providers: map[string]Provider{"seeing": w}}
	env := (&testsuite.WorkflowTestSuite{}).NewTestActivityEnvironment()
	first := func(ctx context.Context) (string, error) {
		return d.orGone(ctx, "demo", deploy.Node{Name: "web-0", ID: "i-1"}, away{}).Error(), nil
	}
	env.RegisterActivity(first)
	value, err := env.ExecuteActivity(first)
	require.NoError(t, err)
	var said string
	require.NoError(t, value.Get(&said))
	require.Equal(t, "no route to host", said)
	require.Zero(t, w.asked)
}
