package activities

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"aiolos/deploy"
)

// console is a provider that looks at machines: each answer is what it sees next, the last for ever.
type console struct {
	witness
	stopped []bool
	err     error
}

func (c *console) Stopped(context.Context, string, deploy.Node) (string, []string, bool, error) {
	now := c.stopped[0]
	if len(c.stopped) > 1 {
		c.stopped = c.stopped[1:]
	}
	return "its plug was pulled", []string{"Too many open files"}, now, c.err
}

// silent is hosts of which none answers, until one does.
type silent struct {
	Hosts
	answers chan struct{}
}

func (s silent) Await(ctx context.Context, _ string, _ deploy.Node, progress func(string)) error {
	progress("no route to host")
	select {
	case <-s.answers:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func TestAwaitLooksAtTheMachine(t *testing.T) {
	node := deploy.Node{Name: "web-0", ID: "i-1"}
	awaiting := func(c *console, h silent) error {
		d := &Deeds{Hosts: h, Providers: map[string]Provider{"other": struct{ Provider }{}, "seeing": c}}
		return d.awaitLooking(t.Context(), "demo", node, time.Millisecond)
	}
	never := silent{answers: make(chan struct{})}

	err := awaiting(&console{stopped: []bool{false, true}}, never)
	var stopped *stoppedError
	require.ErrorAs(t, err, &stopped)
	require.EqualError(t, err, "the machine of web-0 (i-1) does not run: its plug was pulled")
	var application *temporal.ApplicationError
	require.ErrorAs(t, translate(err, deploy.StepConnect, "web-0"), &application)
	require.Equal(t, string(deploy.KindUnreachable), application.Type())
	require.True(t, application.NonRetryable(), "somebody has to start it")
	require.Contains(t, application.Error(), "Too many open files")

	err = awaiting(&console{witness: witness{gone: "i-1"}, stopped: []bool{false}}, never)
	var gone *goneError
	require.ErrorAs(t, err, &gone)
	require.Equal(t, []string{"no route to host"}, gone.Evidence(), "what was seen last is kept")

	// One that restarts is seen stopped now and then, and answers in the end.
	restarting := make([]bool, 0, 40)
	for range 20 {
		restarting = append(restarting, true, false)
	}
	answering := silent{answers: make(chan struct{})}
	time.AfterFunc(30*time.Millisecond, func() { close(answering.answers) })
	require.NoError(t, awaiting(&console{stopped: restarting}, answering))

	// A provider that cannot tell keeps nobody from waiting.
	answering = silent{answers: make(chan struct{})}
	time.AfterFunc(20*time.Millisecond, func() { close(answering.answers) })
	require.NoError(t, awaiting(&console{stopped: []bool{true}, err: errors.New("throttled")}, answering))
}
