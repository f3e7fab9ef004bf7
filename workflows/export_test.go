package workflows

// SetSlicing has deployments of more than above nodes cut into slices of that many
// nodes, until restore is called.
func SetSlicing(above, nodes int) (restore func()) {
	before := slicing
	slicing.above, slicing.nodes = above, nodes
	return func() { slicing = before }
}
