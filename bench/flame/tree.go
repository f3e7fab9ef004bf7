package main

import (
	"cmp"
	"maps"
	"slices"

	"github.com/google/pprof/profile"
)

// box is a function as called by those below it.
type box struct {
	name string
	// spent is the processor time in it and in what it called, in nanoseconds.
	spent int64
	calls map[string]*box
}

func (b *box) call(name string) *box {
	if b.calls == nil {
		b.calls = map[string]*box{}
	}
	if b.calls[name] == nil {
		b.calls[name] = &box{name: name}
	}
	return b.calls[name]
}

// sorted are the calls by name, so that the same profile gives the same picture.
func (b *box) sorted() []*box {
	return slices.SortedFunc(maps.Values(b.calls), func(x, y *box) int { return cmp.Compare(x.name, y.name) })
}

// fold puts all samples together. The last value of a sample is its time.
func fold(p *profile.Profile) *box {
	root := &box{name: "all"}
	for _, s := range p.Sample {
		spent := s.Value[len(s.Value)-1]
		root.spent += spent
		at := root
		for _, location := range slices.Backward(s.Location) {
			for _, line := range slices.Backward(location.Line) {
				at = at.call(line.Function.Name)
				at.spent += spent
			}
		}
	}
	return root
}
