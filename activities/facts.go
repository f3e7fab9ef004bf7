package activities

import (
	"context"

	"aiolos/deploy"
	"aiolos/internal/facter"
)

// FactsInput names facts that a node is asked for.
type FactsInput struct {
	Deployment string      `json:"deployment"`
	Node       deploy.Node `json:"node"`
	Names      []string    `json:"names"`
}

// FactsResult holds those that the node has a value for now, by their first
// names: os.family is in os.
type FactsResult struct {
	Facts map[string]any `json:"facts,omitempty"`
}

// Facts asks facter on a node once. Whoever wants those that have no value yet
// asks again.
func (d *Deeds) Facts(ctx context.Context, in FactsInput) (FactsResult, error) {
	h := startHeart(ctx)
	defer h.stop()
	facts, err := facter.Collect(ctx, d.Hosts.Runner(in.Deployment, in.Node), in.Names)
	return FactsResult{Facts: facts}, translate(err, deploy.StepFacts, in.Node.Name)
}
