package gluster

import (
	"context"
	"errors"
	"fmt"

	"aiolos/deploy"
	"aiolos/internal/remote"
)

// PoolDifferences tells what EnsurePool would have to change or to wait for, a line
// each, and changes nothing. A member whose glusterd does not answer is a difference
// as well. Errors are a runner's.
func PoolDifferences(ctx context.Context, members []Member) ([]string, error) {
	var differences []string
	var there []Member
	var views []view
	for _, m := range members {
		v, err := m.view(ctx)
		var failed *CommandError
		switch {
		case errors.As(err, &failed):
			differences = append(differences, failed.Error())
		case err != nil:
			return nil, err
		default:
			there, views = append(there, m), append(views, v)
		}
	}
	if err := twins(there, views); err != nil {
		return append(differences, err.Error()), nil //nolint:nilerr // it is what differs
	}
	return append(differences, gaps(there, views)...), nil
}

// VolumeDifferences tells what EnsureVolume would have to change or to wait for, a
// line each, and changes nothing. That gluster refuses to tell is a difference as
// well. Errors are *deploy.InvalidError, or the runner's.
func VolumeDifferences(ctx context.Context, r remote.Runner, v Volume) ([]string, error) {
	if problems := v.Check(); len(problems) > 0 {
		return nil, &deploy.InvalidError{Problems: problems}
	}
	e := &ensurer{cli: cli{runner: r}, want: v}
	have, err := e.cli.volume(ctx, v.Name)
	var failed *CommandError
	switch {
	case errors.As(err, &failed):
		return []string{failed.Error()}, nil
	case err != nil:
		return nil, err
	case have == nil:
		return []string{fmt.Sprintf("volume %s does not exist", v.Name)}, nil
	}
	var differences []string
	missing, err := v.missing(*have)
	var conflict *ConflictError
	switch {
	case errors.As(err, &conflict):
		differences = append(differences, fmt.Sprintf("volume %s has another definition: %s", v.Name, conflict.Reason))
	case err != nil:
		return nil, err
	}
	for _, b := range missing {
		differences = append(differences, fmt.Sprintf("volume %s lacks the brick %s", v.Name, b))
	}
	differences = append(differences, have.odd(v)...)
	if have.Status != statusStarted {
		return append(differences, fmt.Sprintf("volume %s is not started", v.Name)), nil
	}
	offline, err := e.offline(ctx)
	if len(missing) > 0 || conflict != nil {
		offline = nil // those that it lacks are told already
	}
	return append(differences, offline...), err
}

// odd says which options are not as wanted, and that files wait to be moved.
func (have volumeInfo) odd(v Volume) []string {
	var differences []string
	for _, o := range have.differing(v.Options) {
		is := "not set"
		for _, other := range have.Options {
			if other.Name == o.Name {
				is = fmt.Sprintf("%q", other.Value)
			}
		}
		differences = append(differences, fmt.Sprintf("option %s of volume %s is %s, not %q", o.Name, v.Name, is, o.Value))
	}
	if have.owed() && v.rebalance() != RebalanceNone {
		differences = append(differences, fmt.Sprintf("volume %s was not rebalanced after it was expanded", v.Name))
	}
	return differences
}
