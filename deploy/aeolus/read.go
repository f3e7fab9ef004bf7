package aeolus

import (
	"bytes"
	"strings"

	"aiolos/deploy"
)

// reader makes a deployable of the tree of elements.
type reader struct {
	*problems
	deployable Deployable
	// references are looked up when all that they can refer to is known.
	references []found
}

// found is a parameter that is a reference, and the element that says to what.
type found struct {
	parameter *parameter
	element   *element
}

// Read reads a deployable. The error is a *deploy.InvalidError with everything
// that is wrong with it.
func Read(text []byte) (*Deployable, error) {
	p := parser{problems: problems{text: bytes.TrimPrefix(text, byteOrderMark)}}
	root := p.parse()
	if root == nil {
		return nil, p.err()
	}
	if root.name != "deployable" {
		p.add(root.at, "deployable", "<"+oneLine(root.name, maxPathName)+">", "an element <deployable>")
		return nil, p.err()
	}
	p.check(root, deployableRule)
	r := reader{problems: &p.problems}
	r.read(root)
	if err := r.err(); err != nil {
		return nil, err
	}
	return &r.deployable, nil
}

func (r *reader) read(root *element) {
	d := &r.deployable
	d.Name = root.value("name")
	d.Description = textOf(root.child("description"))
	d.blueprint = blueprintName(d.Name)
	all := root.all("assemblies", "assembly")
	if len(all) > deploy.MaxGroups {
		r.add(all[deploy.MaxGroups].at, "deployable", "more assemblies", "at most %d", deploy.MaxGroups)
		return
	}
	seen := map[string]bool{}
	for _, e := range all {
		a := r.assembly(e)
		if seen[a.name] {
			r.add(e.named(), e.path()+".name", a.name, "a name that no other assembly has")
		}
		seen[a.name] = true
	}
	d.nameGroups()
	r.resolve()
	r.checkVariables()
	r.checkLaunch()
	if len(r.list) > 0 {
		return // the bounds and cycles of what is not whole would say nothing
	}
	r.checkBounds(root)
	d.nameSteps()
	r.checkCycles()
}

func (r *reader) assembly(e *element) *assembly {
	image := e.child("image")
	a := &assembly{name: e.value("name"), profile: e.value("hwp"), image: image.value("id"), build: image.value("build"), at: e.at, path: e.path()}
	r.deployable.assemblies = append(r.deployable.assemblies, a)
	if e.attribute("name") != nil && strings.Trim(a.name, blanks) == "" {
		r.add(e.named(), e.path()+".name", a.name, "a name")
	}
	r.checkName(e, "hwp", deploy.ProfileNames)
	if image != nil {
		r.checkName(image, "id", deploy.ImageNames)
	}
	for _, s := range e.all("services", "service") {
		r.service(a, s)
	}
	for _, e := range e.all("returns", "return") {
		if name := e.value("name"); e.attribute("name") != nil {
			r.checkFact(e, name)
			a.addReturn(name)
		}
	}
	return a
}

func (r *reader) service(a *assembly, e *element) {
	s := &service{assembly: a, name: e.value("name"), description: textOf(e.child("description")), at: e.at, path: e.path()}
	for _, other := range a.services {
		if other.name == s.name {
			r.add(e.named(), e.path()+".name", s.name, "a name that no other service of the assembly has")
		}
	}
	a.services = append(a.services, s)
	s.executable = r.executable(e.child("executable"))
	for _, e := range e.all("files", "file") {
		r.file(s, e)
	}
	seen := map[string]bool{}
	for _, e := range e.all("parameters", "parameter") {
		p := r.parameter(s, e)
		switch {
		case e.attribute("name") == nil:
		case p.name == "":
			r.add(e.named(), e.path()+".name", "", "a name")
		case seen[p.name]:
			r.add(e.named(), e.path()+".name", p.name, "a name that no other parameter of the service has")
		}
		seen[p.name] = true
	}
}

func (r *reader) parameter(s *service, e *element) *parameter {
	p := &parameter{service: s, name: e.value("name"), at: e.named(), path: e.path()}
	s.parameters = append(s.parameters, p)
	kind := e.value("type")
	if value := e.child("value"); value != nil {
		text := value.text.String()
		p.value = &text
		if value.attribute("type") != nil {
			kind = value.value("type")
		}
	}
	p.sensitive = kind == "password"
	if to := e.child("reference"); to != nil {
		// The type of what another machine returns was never heeded.
		p.sensitive = false
		p.reference = &reference{}
		r.references = append(r.references, found{p, to})
	}
	return p
}

// checkName notes an attribute that is no name of its kind.
func (r *reader) checkName(e *element, attribute string, rule deploy.NameRule) {
	if a := e.attribute(attribute); a != nil && !rule.OK(a.value) {
		r.add(a.at, e.path()+"."+attribute, a.value, "%s", rule.Allowed)
	}
}

// textOf is the text of an element without the blanks around it.
func textOf(e *element) string {
	if e == nil {
		return ""
	}
	return strings.Trim(e.text.String(), blanks)
}
