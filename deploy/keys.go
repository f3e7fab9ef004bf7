package deploy

import (
	"cmp"
	"maps"
	"slices"
)

// sortedKeys returns the keys of a map in order: nothing here may depend on the
// order in which Go goes through a map.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
