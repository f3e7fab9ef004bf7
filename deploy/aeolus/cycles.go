package aeolus

import (
	"slices"
	"strings"
)

// wait is a service that another one waits for: the one before it on its
// machine, or one that a parameter refers to.
type wait struct {
	target *service
	by     *parameter // nil for the order of the document
}

// waits returns whom every service waits for.
func (d *Deployable) waits() map[*service][]wait {
	all := map[*service][]wait{}
	for _, a := range d.assemblies {
		for i, s := range a.services {
			if i > 0 {
				all[s] = append(all[s], wait{target: a.services[i-1]})
			}
			for _, p := range s.parameters {
				if p.reference != nil && p.reference.service != nil {
					all[s] = append(all[s], wait{p.reference.service, p})
				}
			}
		}
	}
	return all
}

// checkCycles notes services that would wait for themselves. References to
// facts make no cycle, since a fact may be known before any service has run.
func (r *reader) checkCycles() {
	waits := r.deployable.waits()
	done := map[*service]bool{}
	var way []*service
	var by []*parameter
	var visit func(s *service)
	visit = func(s *service) {
		if i := slices.Index(way, s); i >= 0 {
			r.addCycle(way[i:], by[i:])
			return
		}
		if done[s] {
			return
		}
		way = append(way, s)
		for _, w := range waits[s] {
			by = append(by, w.by)
			visit(w.target)
			by = by[:len(by)-1]
		}
		way = way[:len(way)-1]
		done[s] = true
	}
	for _, a := range r.deployable.assemblies {
		for _, s := range a.services {
			visit(s)
		}
	}
}

// addCycle notes a way from a service to itself at the first reference on it;
// by holds for each service why it waits for the next.
func (r *reader) addCycle(way []*service, by []*parameter) {
	first := slices.IndexFunc(by, func(p *parameter) bool { return p != nil })
	names := make([]string, 0, len(way)+1)
	for i := range len(way) + 1 {
		s := way[(first+i)%len(way)]
		names = append(names, oneLine(s.assembly.name+"/"+s.name, maxPathName))
	}
	r.add(by[first].at, by[first].path, strings.Join(names, " → "),
		"references to services that make no cycle; a service waits for those that it refers to, and for the one before it in its assembly")
}
