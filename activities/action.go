package activities

import (
	"context"
	"encoding/json"

	"go.temporal.io/sdk/activity"

	"aiolos/deploy"
)

// Nature says how long a deed may take and how it is retried; package workflows
// maps it to time-outs and retry policies.
type Nature int

// The natures of actions.
const (
	// NatureQuick is a few commands that look before they change.
	NatureQuick Nature = iota
	// NatureLong is a job on a node, which may run for hours.
	NatureLong
	// NatureAwait is no deed at all: the workflow itself waits.
	NatureAwait
	// NatureApprove is none either: the workflow waits for a person.
	NatureApprove
)

// Action is one kind of action that a blueprint's step can ask for.
type Action struct {
	deploy.ActionType
	// Title begins the summary shown for it: "<Title> on storage-2".
	Title  string
	Nature Nature
	// Wide says that the action has to know all nodes, not just its own.
	Wide bool
	// Pin fixes what the configuration names outside the deployment, for
	// example a git tag to its commit, when the plan is made. It gets the
	// configuration as far as parameters alone determine it. May be nil.
	Pin func(ctx context.Context, d *Deeds, config map[string]json.RawMessage) error

	// Secret says that what the action makes is sensitive, given its
	// configuration, whether or not anything sensitive goes into it. May be nil.
	Secret func(config json.RawMessage) bool

	// CanCheck says that the action can be looked at without acting. Where it
	// cannot, Unchecked says why.
	CanCheck  bool
	Unchecked string

	// CanUndo says that a rollback unmakes what the action did to nodes that stay.
	CanUndo bool

	register func(r Registry, d *Deeds)
}

// Central says that the action concerns the deployment as a whole, and not just one
// of its nodes, on however many it runs.
func (a Action) Central() bool { return a.Wide || a.CanUndo || a.Nature == NatureApprove }

// Registry is the part of a Temporal worker that activities are registered with.
type Registry interface {
	RegisterActivity(a any)
	RegisterActivityWithOptions(a any, options activity.RegisterOptions)
}

// ActionInput is what every action's activity is given.
type ActionInput[C any] struct {
	Deployment string `json:"deployment"`
	// Run is the run of the workflow, which tells this operation's jobs from
	// those of another.
	Run string `json:"run"`
	// Current is the run that asks now, where that is not the one of the activity's own
	// workflow: a slice asks for the run of its deployment.
	Current string `json:"current,omitempty"`
	Step    string `json:"step"`
	// Attempt counts the deliberate attempts, from 1. Temporal's own retries of
	// one attempt keep its number, and so find the job that the attempt began.
	Attempt int         `json:"attempt"`
	Node    deploy.Node `json:"node"`
	// Nodes are all nodes of the deployment; only for wide actions.
	Nodes  deploy.Nodes `json:"nodes,omitempty"`
	Config C            `json:"config"`
}

// ActionResult is what every action's activity returns.
type ActionResult struct {
	// Message says in a few words what was done, for status.
	Message string `json:"message,omitempty"`
	// Changes lists what was changed, one line each; empty means nothing was.
	Changes []string `json:"changes,omitempty"`
	// Made names what did not exist before and does now, for Undo.
	Made []string `json:"made,omitempty"`
	// Facts become facts of the node.
	Facts map[string]any `json:"facts,omitempty"`
}

// Actions lists every kind of action. To add one, write its file and a line here.
func Actions() []Action {
	return []Action{
		puppetAction(),
		runAction(),
		awaitAction(),
		approveAction(),
		poolAction(),
		volumeAction(),
		verifyAction(),
	}
}

// Types are the actions as the reader of blueprints wants them.
func Types() []deploy.ActionType {
	actions := Actions()
	types := make([]deploy.ActionType, len(actions))
	for i, a := range actions {
		types[i] = a.ActionType
	}
	return types
}

// Register makes a worker host every activity.
func Register(r Registry, d *Deeds) {
	r.RegisterActivity(d)
	for _, a := range Actions() {
		if a.register != nil {
			a.register(r, d)
		}
	}
}

// action completes a by what follows from its configuration type: C's zero
// value for the reader, and the registration under a's name. The deed's error
// is translated here, once for all actions.
func action[C any](a Action, do func(*Deeds, context.Context, ActionInput[C]) (ActionResult, error)) Action {
	var zero C
	a.Config = zero
	if do == nil {
		return a
	}
	a.register = func(r Registry, d *Deeds) {
		r.RegisterActivityWithOptions(func(ctx context.Context, in ActionInput[C]) (ActionResult, error) {
			beat := startHeart(ctx)
			defer beat.stop()
			secrets, err := d.open(in.Deployment, &in.Config)
			if err != nil {
				return ActionResult{}, translate(err, in.Step, in.Node.Name)
			}
			ctx = withSecrets(withHeart(ctx, beat), secrets)
			result, err := takenUp(ctx, in, func(in ActionInput[C]) (ActionResult, error) { return do(d, ctx, in) })
			if err == nil {
				err = d.hide(in.Deployment, secrets, &result)
			}
			err = d.orGone(ctx, in.Deployment, in.Node, err)
			return result, translateHidden(err, secrets, in.Step, in.Node.Name)
		}, activity.RegisterOptions{Name: a.Name})
	}
	return a
}

// check adapts a typed check to the reader's untyped one.
func check[C any](f func(C) []deploy.Problem) func(any) []deploy.Problem {
	return func(config any) []deploy.Problem {
		switch c := config.(type) {
		case *C:
			return f(*c)
		case C:
			return f(c)
		}
		return nil
	}
}
