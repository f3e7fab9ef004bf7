package activities

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"aiolos/deploy"
)

// Console is a provider that can tell a machine that has stopped from one that boots.
type Console interface {
	// Stopped says that a node's machine exists, but does not run and will not by itself: why, and
	// what it said last, line by line, as far as the provider tells. It is false for machines that
	// are not the provider's.
	Stopped(ctx context.Context, deployment string, node deploy.Node) (why string, said []string, stopped bool, err error)
}

// stoppedError is an error of a node whose machine does not run.
type stoppedError struct {
	node deploy.Node
	why  string
	said []string
}

func (e *stoppedError) Error() string {
	return fmt.Sprintf("the machine of %s (%s) does not run: %s", e.node.Name, e.node.ID, e.why)
}

func (e *stoppedError) Kind() deploy.Kind  { return deploy.KindUnreachable }
func (e *stoppedError) Evidence() []string { return e.said }

// Temporary is false: somebody has to start it.
func (e *stoppedError) Temporary() bool { return false }

// bootLook is how often a node that boots is asked about at its provider, and stopLooks in how
// many looks in a row it has to have stopped: in one, it may just restart.
const (
	bootLook  = 15 * time.Second
	stopLooks = 2
)

// unanswered is what a node that was awaited in vain said last.
type unanswered struct{ last string }

func (e *unanswered) Error() string { return e.last }

// await is Hosts.Await, but for a node whose machine is gone before it answers, or stopped.
func (d *Deeds) await(ctx context.Context, deployment string, node deploy.Node) error {
	return d.awaitLooking(ctx, deployment, node, bootLook)
}

func (d *Deeds) awaitLooking(ctx context.Context, deployment string, node deploy.Node, every time.Duration) error {
	watched, giveUp := context.WithCancelCause(ctx)
	var last atomic.Pointer[string]
	var watching sync.WaitGroup
	watching.Go(func() {
		stopped := 0
		for look := time.NewTicker(every); ; {
			select {
			case <-watched.Done():
				look.Stop()
				return
			case <-look.C:
			}
			said := "it does not answer"
			if l := last.Load(); l != nil {
				said = *l
			}
			err := d.ifGone(watched, deployment, node, &unanswered{said})
			var gone *goneError
			if errors.As(err, &gone) {
				giveUp(gone)
				continue
			}
			halted := d.ifStopped(watched, deployment, node)
			if halted == nil {
				stopped = 0
			} else if stopped++; stopped >= stopLooks {
				giveUp(halted)
			}
		}
	})
	say := sayer(ctx)
	err := d.Hosts.Await(watched, deployment, node, func(message string) {
		last.Store(&message)
		say(message)
	})
	if err != nil && watched.Err() != nil && ctx.Err() == nil {
		err = context.Cause(watched)
	}
	giveUp(nil)
	watching.Wait()
	return err
}

// ifStopped asks the providers. One that does not answer says nothing about the node.
func (d *Deeds) ifStopped(ctx context.Context, deployment string, node deploy.Node) error {
	for _, name := range slices.Sorted(maps.Keys(d.Providers)) {
		console, ok := d.Providers[name].(Console)
		if !ok {
			continue
		}
		if why, said, stopped, err := console.Stopped(ctx, deployment, node); err == nil && stopped {
			return &stoppedError{node: node, why: why, said: said}
		}
	}
	return nil
}
