package operation

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"aiolos/deploy"
)

// Discard starts the operation that removes the orphans of one deployment at one
// provider, after it has made sure that they still are orphans. Where the
// deployment lives again, or another operation runs on it, nothing is removed; the
// error is a *RevivedError then.
func Discard(ctx context.Context, t Temporal, queue string, orphans []Leftover) (Run, error) {
	name, provider := orphans[0].Deployment, orphans[0].Provider
	things := make([]deploy.Belonging, len(orphans))
	request := deploy.DestroyRequest{Provider: provider}
	for i, o := range orphans {
		things[i] = o.Belonging
		request.Only = append(request.Only, o.Name())
	}
	keeps, err := retention(ctx, t)
	if err != nil {
		return Run{}, err
	}
	// The default provider is of no account here: orphans are told with their own.
	verdict, err := judge{t: t, provider: provider, keeps: keeps}.owner(ctx, things)
	if err != nil {
		return Run{}, err
	}
	if !verdict.orphaned {
		return Run{}, &RevivedError{Deployment: name}
	}
	run, err := Destroy(ctx, t, queue, name, request)
	var running *RunningError
	if errors.As(err, &running) {
		return Run{}, &RevivedError{Deployment: name}
	}
	return run, err
}

// Owners puts orphans together by deployment and provider.
func Owners(orphans []Leftover) [][]Leftover {
	var all [][]Leftover
	for _, o := range orphans {
		at := slices.IndexFunc(all, func(of []Leftover) bool {
			return of[0].Deployment == o.Deployment && of[0].Provider == o.Provider
		})
		if at < 0 {
			all = append(all, nil)
			at = len(all) - 1
		}
		all[at] = append(all[at], o)
	}
	return all
}

// RevivedError says that what was orphaned belongs to a deployment again.
type RevivedError struct{ Deployment string }

func (e *RevivedError) Error() string {
	return fmt.Sprintf("an operation on %s has begun since; nothing of it was removed", e.Deployment)
}
