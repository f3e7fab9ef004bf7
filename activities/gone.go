package activities

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.temporal.io/sdk/activity"

	"aiolos/deploy"
)

// Witness is a provider that can tell a machine that is no more from one that only
// does not answer.
type Witness interface {
	// Gone says that a node's machine does not exist any more, and why, as far as the
	// provider tells. It is false for machines that are not the provider's.
	Gone(ctx context.Context, deployment string, node deploy.Node) (why string, gone bool, err error)
}

// goneError is an error of a node whose machine is no more.
type goneError struct {
	node deploy.Node
	why  string
	err  error
}

func (e *goneError) Error() string {
	return fmt.Sprintf("the machine of %s (%s) is no more: %s", e.node.Name, e.node.ID, e.why)
}

func (e *goneError) Unwrap() error      { return e.err }
func (e *goneError) Kind() deploy.Kind  { return deploy.KindGone }
func (e *goneError) Evidence() []string { return []string{e.err.Error()} }
func unreachable(err error) (found bool) {
	var k kinded
	return errors.As(err, &k) && k.Kind() == deploy.KindUnreachable
}

// orGone replaces the error of a node that cannot be reached if its machine is no
// more: what a retry cannot change need not be retried for half an hour. A first
// attempt is not asked about, since most nodes that do not answer soon do.
func (d *Deeds) orGone(ctx context.Context, deployment string, node deploy.Node, err error) error {
	if !unreachable(err) || (activity.IsActivity(ctx) && activity.GetInfo(ctx).Attempt < 2) {
		return err
	}
	return d.ifGone(ctx, deployment, node, err)
}

// ifGone asks the providers.
func (d *Deeds) ifGone(ctx context.Context, deployment string, node deploy.Node, err error) error {
	for _, name := range slices.Sorted(maps.Keys(d.Providers)) {
		witness, ok := d.Providers[name].(Witness)
		if !ok {
			continue
		}
		// A provider that does not answer either says nothing about the node.
		if why, gone, asked := witness.Gone(ctx, deployment, node); asked == nil && gone {
			return &goneError{node: node, why: why, err: err}
		}
	}
	return err
}
