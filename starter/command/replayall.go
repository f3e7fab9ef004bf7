package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/starter/view"
)

// replayedOne is how one of many deployments was taken up, and ended.
type replayedOne struct {
	Deployment string `json:"deployment"`
	// Before is what was gone back to; empty where it was started again.
	Before string       `json:"before,omitempty"`
	State  deploy.State `json:"state,omitempty"`
	Error  string       `json:"error,omitempty"`
}

// replayAll takes up all that came to no good end, after it has shown which.
func (s *Setting) replayAll(ctx context.Context, t operation.Temporal, r replaying) error {
	broken, err := operation.Broken(ctx, t, r.query)
	if err != nil {
		return err
	}
	if len(broken) > 0 && !r.asJSON {
		view.List(s.Out, broken, time.Now(), time.Local)
	}
	sure, err := s.sure(ctx, broken, r)
	if err != nil || !sure {
		return err
	}
	results := make([]replayedOne, len(broken))
	runs := make([]operation.Run, len(broken))
	for i, l := range broken {
		taken, err := operation.Replay(ctx, t, l.Deployment, "")
		if ctx.Err() != nil {
			return ctx.Err()
		}
		results[i], runs[i] = replayedOne{Deployment: l.Deployment, Before: taken.Before}, taken.Run
		if err != nil {
			results[i].Error = err.Error()
		}
		s.tellOne(l.Deployment, taken, err)
	}
	for i := range runs {
		if r.detach || results[i].Error != "" {
			continue
		}
		outcome, err := operation.Follow(ctx, t, runs[i], s.Pace, func(operation.Snapshot) {})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		results[i].State = outcome.State
		var failed *operation.FailedError
		if errors.As(err, &failed) {
			results[i].State = failed.State
		}
		if err != nil {
			results[i].Error = err.Error()
		}
		fmt.Fprintln(s.Err, view.Clean(fmt.Sprintf("%s: %s", runs[i].Deployment, results[i].State)))
	}
	return s.sum(results, r)
}

// sure asks before many deployments are touched.
func (s *Setting) sure(ctx context.Context, broken []operation.Listed, r replaying) (bool, error) {
	many := view.Count(len(broken), "deployment", "deployments")
	switch {
	case len(broken) == 0 && !r.asJSON:
		return false, told(s.Out, "Nothing to take up.")
	case len(broken) == 0:
		return false, view.JSON(s.Out, broken)
	case r.yes:
		return true, nil
	case s.Type == nil && r.asJSON:
		return false, view.JSON(s.Out, broken)
	case s.Type == nil:
		return false, told(s.Out, "Nothing was done. To take up "+many+", add --yes.")
	}
	typed, err := s.Type(ctx, "Take up "+many+"? Type yes: ")
	if err != nil || typed == "yes" {
		return err == nil, err
	}
	return false, told(s.Err, "Nothing was done.")
}

func (s *Setting) tellOne(name string, taken operation.Replayed, err error) {
	text := taken.String()
	if err != nil {
		text = name + ": " + err.Error()
	}
	fmt.Fprintln(s.Err, view.Clean(text))
}

// sum says how many were taken up, and how that went.
func (s *Setting) sum(results []replayedOne, r replaying) error {
	bad := 0
	for _, one := range results {
		if one.Error != "" {
			bad++
		}
	}
	var err error
	if bad > 0 {
		err = fmt.Errorf("%d of %s could not be brought to a good end", bad, view.Count(len(results), "deployment", "deployments"))
	}
	if r.asJSON {
		return errors.Join(err, view.JSON(s.Out, results))
	}
	what := "brought to a good end"
	if r.detach {
		what = "taken up"
	}
	return errors.Join(err, told(s.Out, fmt.Sprintf("%d of %s %s", len(results)-bad, view.Count(len(results), "deployment", "deployments"), what)))
}
