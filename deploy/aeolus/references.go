package aeolus

import (
	"slices"
)

// resolve finds what the references refer to, now that every assembly is known.
func (r *reader) resolve() {
	if r.cut {
		return // it may stand in what could not be read
	}
	for _, f := range r.references {
		r.lookUp(f.parameter.reference, f.element)
	}
}

func (r *reader) lookUp(to *reference, e *element) {
	name := e.attribute("assembly")
	if name == nil {
		return // said already
	}
	assemblies := r.deployable.assemblies
	i := slices.IndexFunc(assemblies, func(a *assembly) bool { return a.name == name.value })
	if i < 0 {
		names := make([]string, len(assemblies))
		for i, a := range assemblies {
			names[i] = a.name
		}
		r.add(name.at, e.path()+".assembly", name.value, "an assembly, %s", r.suggest(name.value, names))
		return
	}
	to.assembly = assemblies[i]
	if fact := e.attribute("parameter"); fact != nil {
		to.fact = fact.value
		if !slices.Contains(to.assembly.returns, fact.value) {
			r.add(fact.at, e.path()+".parameter", fact.value, "what %s returns, %s", oneLine(to.assembly.name, maxPathName), r.suggest(fact.value, to.assembly.returns))
		}
	} else if s := e.attribute("service"); s != nil {
		r.lookUpService(to, e, s)
	}
}

func (r *reader) lookUpService(to *reference, e *element, name *attribute) {
	var names []string
	for _, s := range to.assembly.services {
		if s.name == name.value {
			to.service = s
			return
		}
		names = append(names, s.name)
	}
	r.add(name.at, e.path()+".service", name.value, "a service of %s, %s", oneLine(to.assembly.name, maxPathName), r.suggest(name.value, names))
}
