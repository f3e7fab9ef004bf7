package hosts

// match gives each of n nodes one of m machines, where suits allows it. It finds a
// machine for every node if that is possible at all: a node that came first makes
// room if another machine suits it as well. The first machines are preferred, and
// the same question has the same answer. Nodes without a machine get -1.
func match(n, m int, suits func(node, machine int) bool) []int {
	of := make([]int, n)
	by := make([]int, m)
	for i := range of {
		of[i] = -1
	}
	for j := range by {
		by[j] = -1
	}
	var seen []bool
	var place func(node int) bool
	place = func(node int) bool {
		// A free machine first: moving others is for when there is none.
		for j := range by {
			if by[j] < 0 && !seen[j] && suits(node, j) {
				of[node], by[j] = j, node
				return true
			}
		}
		for j := range by {
			if seen[j] || !suits(node, j) {
				continue
			}
			seen[j] = true
			if place(by[j]) {
				of[node], by[j] = j, node
				return true
			}
		}
		return false
	}
	for i := range of {
		seen = make([]bool, m)
		place(i)
	}
	return of
}
