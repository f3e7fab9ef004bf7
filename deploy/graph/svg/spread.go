package svg

// item is something that wants to be somewhere, beside others.
type item struct {
	wanted, weight float64
	// before and after are the room that it takes to its left and right.
	before, after float64
}

// spread places items in their order, without overlap, as near to where they
// want to be as the least squares are (isotonic regression, by pooling adjacent
// violators).
func spread(items []item) []float64 {
	type pool struct {
		sum, weight float64
		count       int
	}
	offsets := make([]float64, len(items))
	var pools []pool
	for i, it := range items {
		if i > 0 {
			offsets[i] = offsets[i-1] + items[i-1].after + it.before
		}
		pools = append(pools, pool{sum: (it.wanted - offsets[i]) * it.weight, weight: it.weight, count: 1})
		for n := len(pools); n > 1 && pools[n-2].sum/pools[n-2].weight > pools[n-1].sum/pools[n-1].weight; n = len(pools) {
			pools[n-2] = pool{pools[n-2].sum + pools[n-1].sum, pools[n-2].weight + pools[n-1].weight, pools[n-2].count + pools[n-1].count}
			pools = pools[:n-1]
		}
	}
	places := make([]float64, 0, len(items))
	for _, p := range pools {
		for range p.count {
			places = append(places, p.sum/p.weight+offsets[len(places)])
		}
	}
	return places
}

// spreadWithin does the same between two bounds. Where there is too little
// room, the right one gives way.
func spreadWithin(items []item, left, right float64) []float64 {
	places := spread(items)
	offset := 0.0
	total := 0.0
	for i, it := range items {
		if i > 0 {
			total += items[i-1].after + it.before
		}
	}
	for i, it := range items {
		if i > 0 {
			offset += items[i-1].after + it.before
		}
		lowest := left + offset
		highest := right - (total - offset)
		places[i] = max(lowest, min(places[i], highest))
	}
	return places
}
