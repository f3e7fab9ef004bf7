package operation

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"aiolos/internal/seal"
)

// Seal encrypts values by name to the worker's key. Nobody but the worker can open
// them, and only for this deployment.
func Seal(ctx context.Context, t Temporal, queue, deployment string, values map[string]string) (map[string]string, error) {
	key, err := SealingKey(ctx, t, queue)
	if err != nil {
		return nil, err
	}
	public, err := seal.ParsePublic(key.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("the worker's sealing key: %w", err)
	}
	sealed := make(map[string]string, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if sealed[name], err = public.Seal(deployment, []byte(values[name])); err != nil {
			return nil, err
		}
	}
	return sealed, nil
}
