package facter

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// pick arranges what is known under the first parts of the names. One of them
// that lacks any of what it was asked for is left out. The names without a value
// are returned beside, in their order.
func pick(names []string, known answer) (facts map[string]any, lacking []string) {
	facts = map[string]any{}
	// Shorter names first, so that a whole is there before what is put into it.
	sorted := slices.Compact(slices.Sorted(slices.Values(names)))
	for _, name := range sorted {
		path := strings.Split(name, ".")
		value, ok := known.value(name)
		if !ok || !put(facts, path, value) {
			lacking = append(lacking, name)
		}
	}
	for _, name := range lacking {
		delete(facts, firstPart(name))
	}
	return facts, lacking
}

// put sets a value deep in facts. False means that there is something on the way
// that holds no others.
func put(facts map[string]any, path []string, value any) bool {
	for _, part := range path[:len(path)-1] {
		switch inner := facts[part].(type) {
		case nil:
			next := map[string]any{}
			facts[part] = next
			facts = next
		case map[string]any:
			facts = inner
		default:
			return false
		}
	}
	facts[path[len(path)-1]] = value
	return true
}

// under returns those of names that are found within the first parts of others.
func under(names, others []string) []string {
	first := map[string]bool{}
	for _, name := range others {
		first[firstPart(name)] = true
	}
	var found []string
	for _, name := range names {
		if first[firstPart(name)] {
			found = append(found, name)
		}
	}
	return found
}

func firstPart(name string) string {
	first, _, _ := strings.Cut(name, ".")
	return first
}

func encodedSize(v any) int {
	b, err := json.Marshal(v)
	if err != nil {
		return 0 // it came from JSON
	}
	return len(b)
}

// largest names the fact that needs the most room.
func largest(facts map[string]any) string {
	return slices.MaxFunc(slices.Sorted(maps.Keys(facts)), func(a, b string) int {
		return encodedSize(facts[a]) - encodedSize(facts[b])
	})
}
