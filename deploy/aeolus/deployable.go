package aeolus

import "slices"

// Deployable is an application as Aeolus describes it.
type Deployable struct {
	// Name and Description are as the text has them.
	Name, Description string

	assemblies []*assembly
	blueprint  string // what the blueprint is called
}

// assembly is one kind of machine, with what runs on it.
type assembly struct {
	name, profile, image, build string

	services []*service
	// returns are the facts that others may refer to.
	returns []string
	// group is what the assembly is called in expressions; prefix is what the
	// names of its parameters begin with.
	group, prefix string

	at   int
	path string
}

// count is the parameter that says how many nodes the assembly becomes.
func (a *assembly) count() string { return a.prefix + ".count" }

// service is a script with its files and parameters.
type service struct {
	assembly          *assembly
	name, description string

	executable file
	files      []file
	parameters []*parameter
	step       string // what it is called as a step

	at   int
	path string
}

// file is a text, or where to fetch it.
type file struct{ name, content, url string }

// parameter is a variable of a service: asked for at launch, or a reference.
type parameter struct {
	service *service
	name    string
	// value is the default; nil means that there is none.
	value     *string
	sensitive bool
	reference *reference
	at        int
	path      string
}

// variable is the environment variable that scripts see.
func (p *parameter) variable() string {
	if p.service.name == "" {
		return "AUDREY_VAR_" + p.name
	}
	return "AUDREY_VAR_" + p.service.name + "_" + p.name
}

// launch is the parameter of the blueprint that gives the value.
func (p *parameter) launch() string {
	if p.service.name == "" {
		return p.service.assembly.prefix + "." + p.name
	}
	return p.service.assembly.prefix + "." + p.service.name + "." + p.name
}

// reference is a value that comes from the nodes of an assembly: a fact that
// they return, or that a service is done there.
type reference struct {
	assembly *assembly
	fact     string
	service  *service
}

// addReturn takes a return once, however often it is written.
func (a *assembly) addReturn(name string) {
	if !slices.Contains(a.returns, name) {
		a.returns = append(a.returns, name)
	}
}

// parameters are those of all services, in the order of the document.
func (a *assembly) parameters() []*parameter {
	var all []*parameter
	for _, s := range a.services {
		all = append(all, s.parameters...)
	}
	return all
}
