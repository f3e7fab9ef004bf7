package aeolus

import (
	"regexp"

	"aiolos/deploy"
)

// shellVariable is what a shell can read; the name of a service or a parameter
// may be anything, but a variable with another name would never be seen.
var shellVariable = regexp.MustCompile(`\A[A-Za-z_][A-Za-z0-9_]*\z`)

// checkVariables notes names that scripts could not read, or that two
// parameters of a machine would share.
func (r *reader) checkVariables() {
	for _, a := range r.deployable.assemblies {
		seen := map[string]*parameter{}
		for _, p := range a.parameters() {
			name := p.variable()
			switch other := seen[name]; {
			case p.name == "":
			case !shellVariable.MatchString(name):
				r.add(p.at, p.path, name, "names of a service and a parameter of letters, digits and underscores, so that scripts can read the variable")
			case other != nil && other.service != p.service:
				r.add(p.at, p.path, name, "names that make another variable than those of %s", other.path)
			}
			seen[name] = p
		}
	}
}

// checkLaunch notes parameters whose names the language cannot take, or that
// are called alike.
func (r *reader) checkLaunch() {
	seen := map[string]string{}
	for _, a := range r.deployable.assemblies {
		seen[a.count()] = "the number of nodes of the assembly " + oneLine(a.name, maxPathName)
	}
	for _, a := range r.deployable.assemblies {
		for _, p := range a.parameters() {
			name := p.launch()
			if p.name == "" || p.reference != nil {
				continue
			}
			if other := seen[name]; other != "" && other != p.path {
				r.add(p.at, p.path, name, "another name: this one is %s", other)
			} else if shellVariable.MatchString(p.variable()) && !deploy.ParameterNames.OK(name) {
				r.add(p.at, p.path, name, "%s", deploy.ParameterNames.Allowed)
			}
			seen[name] = p.path
		}
	}
}
