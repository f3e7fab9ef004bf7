package svg

import (
	"slices"

	"aiolos/deploy/graph"
)

const mostPermuted = 6 // groups, of which all orders are tried

// laneOrder puts groups that have to do with each other side by side. It keeps
// the order of the blueprint where that is as good.
func laneOrder(g *graph.Graph) []int {
	order := make([]int, len(g.Groups))
	for i := range order {
		order[i] = i
	}
	if len(order) > mostPermuted {
		return order
	}
	home := homes(g)
	best, cost := slices.Clone(order), laneCost(g, home, order)
	permute(order, 0, func(candidate []int) {
		if c := laneCost(g, home, candidate); c < cost {
			best, cost = slices.Clone(candidate), c
		}
	})
	return best
}

// permute calls visit with every order of items[from:].
func permute[T any](items []T, from int, visit func([]T)) {
	if from >= len(items)-1 {
		visit(items)
		return
	}
	for i := from; i < len(items); i++ {
		moved := slices.Insert(slices.Delete(slices.Clone(items), i, i+1), from, items[i])
		permute(moved, from+1, visit)
	}
}

// homes tells the groups that each step and fact stands in.
func homes(g *graph.Graph) map[string][]int {
	home := map[string][]int{}
	for i := range g.Steps {
		home[g.Steps[i].ID] = g.Across(&g.Steps[i])
	}
	for i := range g.Facts {
		at := slices.IndexFunc(g.Groups, func(group graph.Group) bool { return group.Name == g.Facts[i].Group })
		if at >= 0 {
			home[g.Facts[i].ID] = []int{at}
		}
	}
	return home
}

// laneCost counts the lanes that arrows have to cross, and, ten times, those
// that a step would stand in without belonging there.
func laneCost(g *graph.Graph, home map[string][]int, order []int) int {
	place := make([]int, len(order))
	for at, group := range order {
		place[group] = at
	}
	span := func(groups []int) (first, last int) {
		first, last = len(order), -1
		for _, group := range groups {
			first, last = min(first, place[group]), max(last, place[group])
		}
		return first, last
	}
	cost := 0
	for i := range g.Steps {
		groups := home[g.Steps[i].ID]
		if first, last := span(groups); last >= first {
			cost += 10 * (last - first + 1 - len(groups))
		}
	}
	for i := range g.Edges {
		first, last := span(home[g.Edges[i].From])
		begin, end := span(home[g.Edges[i].To])
		if last < first || end < begin {
			continue
		}
		cost += max(0, begin-last, first-end)
	}
	return cost
}
