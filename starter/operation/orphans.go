package operation

import (
	"context"
	"crypto/rand"

	"go.temporal.io/sdk/client"

	"aiolos/deploy"
	"aiolos/workflows"
)

// Leftover is a thing that belongs to no deployment that Temporal knows.
type Leftover struct {
	deploy.Belonging
	// Why says how that is known, or what is in doubt.
	Why string `json:"why"`
}

// Leftovers is what providers hold beyond the deployments that there are.
type Leftovers struct {
	// Orphans surely belong to nothing.
	Orphans []Leftover `json:"orphans"`
	// Doubtful may belong to a deployment that Temporal has forgotten, or to
	// something else; they are not removed.
	Doubtful []Leftover `json:"doubtful"`
	// More is how many things were not looked at, since they are too many at once.
	More int `json:"more,omitempty"`
	// Unseen says what could not be looked at, and why.
	Unseen []string `json:"unseen,omitempty"`
}

// Orphans asks a worker what its providers hold, and Temporal to whom it belongs.
// Nothing is changed.
func Orphans(ctx context.Context, t Temporal, queue string) (Leftovers, error) {
	all, err := List(ctx, t)
	if err != nil {
		return Leftovers{}, err
	}
	living := []string{}
	for _, l := range all {
		if l.State != deploy.StateDestroyed {
			living = append(living, l.Deployment)
		}
	}
	var held deploy.Belongings
	err = question(ctx, t, client.StartWorkflowOptions{
		ID: "orphans/" + rand.Text(), TaskQueue: queue, WorkflowExecutionTimeout: lookTimeout, StaticSummary: "orphans",
	}, "told what its providers hold", &held, workflows.BelongingsType, living)
	if err != nil {
		return Leftovers{}, err
	}
	found := Leftovers{Orphans: []Leftover{}, Doubtful: []Leftover{}, More: held.More, Unseen: held.Unseen}
	keeps, err := retention(ctx, t)
	if err != nil {
		return Leftovers{}, err
	}
	j := judge{t: t, provider: held.DefaultProvider, keeps: keeps}
	for _, of := range byOwner(held.Belongings) {
		verdict, err := j.owner(ctx, of)
		if err != nil {
			return Leftovers{}, err
		}
		for _, b := range of {
			switch {
			case verdict.orphaned:
				found.Orphans = append(found.Orphans, Leftover{b, verdict.why})
			case verdict.why != "":
				found.Doubtful = append(found.Doubtful, Leftover{b, verdict.why})
			}
		}
	}
	return found, nil
}

// byOwner puts together what is of one deployment at one provider, in the order
// of the first thing of each.
func byOwner(all []deploy.Belonging) [][]deploy.Belonging {
	type owner struct{ provider, deployment string }
	at := map[owner]int{}
	var of [][]deploy.Belonging
	for _, b := range all {
		o := owner{b.Provider, b.Deployment}
		k, ok := at[o]
		if !ok {
			k = len(of)
			at[o], of = k, append(of, nil)
		}
		of[k] = append(of[k], b)
	}
	return of
}
