package activities

import (
	"context"
	"fmt"
	"slices"

	"aiolos/deploy"
)

// Keeper is a provider that can tell all that it holds, of whatever deployment,
// and remove single things of it.
type Keeper interface {
	// Belongings lists what there is. Where some of it could not be looked at,
	// the rest is returned beside the error.
	Belongings(ctx context.Context) ([]deploy.Belonging, error)
	// Discard removes those things of a deployment that are named and still its
	// own, nothing else, and returns what it removed.
	Discard(ctx context.Context, deployment string, only []string) ([]deploy.Belonging, error)
}

// BelongingsInput says whose belongings are not asked for.
type BelongingsInput struct {
	// Except are the names of deployments.
	Except []string `json:"except,omitempty"`
}

// Belongings lists what the providers hold of other deployments than those that
// are excepted. What cannot be looked at is told.
func (d *Deeds) Belongings(ctx context.Context, in BelongingsInput) (deploy.Belongings, error) {
	h := startHeart(ctx)
	defer h.stop()
	excepted := make(map[string]bool, len(in.Except))
	for _, name := range in.Except {
		excepted[name] = true
	}
	all := deploy.Belongings{Belongings: []deploy.Belonging{}, DefaultProvider: d.DefaultProvider}
	for _, name := range sortedNames(d.Providers) {
		keeper, ok := d.Providers[name].(Keeper)
		if !ok {
			all.Unseen = append(all.Unseen, name+": it does not tell what it holds")
			continue
		}
		held, err := keeper.Belongings(ctx)
		if err != nil {
			all.Unseen = append(all.Unseen, fmt.Sprintf("%s: %s", name, err))
		}
		for _, b := range held {
			switch b.Provider = name; {
			case excepted[b.Deployment]:
			case len(all.Belongings) == deploy.MaxBelongings:
				all.More++
			default:
				all.Belongings = append(all.Belongings, b)
			}
		}
	}
	return all, ctx.Err()
}

// DiscardInput names single things of a deployment.
type DiscardInput struct {
	Deployment string   `json:"deployment"`
	Provider   string   `json:"provider"`
	Only       []string `json:"only"`
}

// DiscardResult says what was removed by this attempt, and what else is gone or
// could not be removed.
type DiscardResult struct {
	Removed []string `json:"removed"`
	Others  []string `json:"others,omitempty"`
}

// Discard removes single things that were left behind. What is gone already is no
// error, so that an interrupted attempt is simply repeated.
func (d *Deeds) Discard(ctx context.Context, in DiscardInput) (DiscardResult, error) {
	h := startHeart(ctx)
	defer h.stop()
	name, provider, err := d.provider(in.Provider)
	if err != nil {
		return DiscardResult{}, translate(err, "", "")
	}
	keeper, ok := provider.(Keeper)
	if !ok {
		return DiscardResult{}, translate(&deploy.InvalidError{Problems: []deploy.Problem{{
			Field: "only", Value: fmt.Sprint(in.Only), Allowed: "nothing for the provider " + name + ", which removes no single things",
		}}}, "", "")
	}
	gone, err := keeper.Discard(ctx, in.Deployment, in.Only)
	result := DiscardResult{Removed: []string{}}
	for _, b := range gone {
		result.Removed = append(result.Removed, b.Name())
	}
	for _, one := range in.Only {
		if !slices.Contains(result.Removed, one) {
			result.Others = append(result.Others, one)
		}
	}
	return result, translate(err, "", "")
}
