package workflows

// SetSlicing has deployments of more than above nodes cut into slices of that many
// nodes, until restore is called.
func SetSlicing(above, nodes, inFlight int) (restore func()) {
	before := slicing
	slicing.above, slicing.nodes, slicing.inFlight = above, nodes, inFlight
	return func() { slicing = before }
}
