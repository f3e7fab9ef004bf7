package aeolus

import "aiolos/deploy"

// checkBounds holds the deployable against what a blueprint may have, so that
// nobody is told of the bounds of a text that they have not written.
func (r *reader) checkBounds(root *element) {
	services, expressions := 0, 0
	for _, a := range r.deployable.assemblies {
		services += len(a.services)
		expressions += 1 + len(a.services)*len(a.parameters())
		if len(a.returns) > deploy.MaxFacts {
			r.add(a.at, a.path, "more returns", "at most %d of an assembly", deploy.MaxFacts)
		}
		for _, s := range a.services {
			r.checkWaits(s)
		}
	}
	if services > deploy.MaxSteps {
		r.add(root.at, "deployable", "more services", "at most %d", deploy.MaxSteps)
	} else if expressions > deploy.MaxExpressions {
		r.add(root.at, "deployable", "more parameters", "at most %d, each counted for every service of its assembly, as each is told of it", deploy.MaxExpressions)
	}
}

// checkWaits notes a service that waits for too many; the one before it is one more.
func (r *reader) checkWaits(s *service) {
	targets := map[*service]bool{}
	for _, p := range s.parameters {
		if p.reference != nil && p.reference.service != nil {
			targets[p.reference.service] = true
		}
	}
	if len(targets) >= deploy.MaxNeeds {
		r.add(s.at, s.path, "more references to services", "at most %d of a service", deploy.MaxNeeds-1)
	}
}
