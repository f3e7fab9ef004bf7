package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"aiolos/deploy"
)

// UndoInput is what is needed to unmake what an action did to a node that stays.
type UndoInput[C any] struct {
	ActionInput[C]
	// Made is what the action said that it made.
	Made []string `json:"made,omitempty"`
	// Leaving are the nodes that are terminated afterwards.
	Leaving deploy.Nodes `json:"leaving,omitempty"`
}

// UndoName is the activity that unmakes what an action did.
func UndoName(action string) string { return action + "_undo" }

// undoable completes an action by what unmakes it. It may be repeated, as may
// the action, and so looks before it changes: nothing found is success.
func undoable[C any](a Action, undo func(*Deeds, context.Context, UndoInput[C]) (ActionResult, error)) Action {
	do := a.register
	a.CanUndo = true
	a.register = func(r Registry, d *Deeds) {
		do(r, d)
		r.RegisterActivityWithOptions(func(ctx context.Context, in UndoInput[C]) (ActionResult, error) {
			beat := startHeart(ctx)
			defer beat.stop()
			result, err := undo(d, withHeart(ctx, beat), in)
			return result, translate(err, in.Step, in.Node.Name)
		}, activity.RegisterOptions{Name: UndoName(a.Name)})
	}
	return a
}
