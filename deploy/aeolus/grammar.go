package aeolus

import (
	"slices"
	"strings"
)

// rule is what an element may consist of.
type rule struct {
	// required and optional are its attributes.
	required, optional []string
	// parts are its children, in the only order in which they may stand.
	parts []part
	// text says that it holds text, and no elements.
	text bool
	// either names attributes and children of which there has to be exactly one.
	either []string
	// atMostOne names children of which there may be only one, of whatever name.
	atMostOne []string
}

// part is a child: needed or not, one or many.
type part struct {
	name         string
	rule         *rule
	needed, many bool
}

// The grammar of a deployable, version 1.0, from the inside out.
var (
	textRule   = &rule{text: true}
	valueRule  = &rule{text: true, optional: []string{"type"}}
	inlineRule = &rule{text: true, required: []string{"filename"}}
	namedRule  = &rule{required: []string{"name"}}

	referenceRule  = &rule{required: []string{"assembly"}, optional: []string{"parameter", "service"}, either: []string{"parameter", "service"}}
	parameterRule  = &rule{required: []string{"name"}, optional: []string{"type"}, parts: []part{{name: "value", rule: valueRule}, {name: "reference", rule: referenceRule}}, atMostOne: []string{"value", "reference"}}
	parametersRule = &rule{parts: []part{{name: "parameter", rule: parameterRule, needed: true, many: true}}}
	fileRule       = &rule{optional: []string{"url"}, parts: []part{{name: "contents", rule: inlineRule}}, either: []string{"url", "contents"}}
	filesRule      = &rule{parts: []part{{name: "file", rule: fileRule, needed: true, many: true}}}
	executableRule = &rule{optional: []string{"url"}, parts: []part{{name: "contents", rule: textRule}}, either: []string{"url", "contents"}}

	serviceRule = &rule{required: []string{"name"}, parts: []part{
		{name: "description", rule: textRule}, {name: "executable", rule: executableRule, needed: true},
		{name: "files", rule: filesRule}, {name: "parameters", rule: parametersRule},
	}}
	servicesRule = &rule{parts: []part{{name: "service", rule: serviceRule, needed: true, many: true}}}
	imageRule    = &rule{required: []string{"id"}, optional: []string{"build"}}
	returnsRule  = &rule{parts: []part{{name: "return", rule: namedRule, needed: true, many: true}}}
	assemblyRule = &rule{required: []string{"name", "hwp"}, parts: []part{
		{name: "image", rule: imageRule, needed: true}, {name: "services", rule: servicesRule}, {name: "returns", rule: returnsRule},
	}}
	assembliesRule = &rule{parts: []part{{name: "assembly", rule: assemblyRule, needed: true, many: true}}}
	deployableRule = &rule{required: []string{"name"}, optional: []string{"version", "id"}, parts: []part{
		{name: "description", rule: textRule}, {name: "assemblies", rule: assembliesRule, needed: true},
	}}
)

// values are the only values of some attributes.
var values = map[string][]string{"version": {"1.0"}, "type": {"scalar", "password"}}

// check notes whatever of an element is not as its rule says.
func (p *problems) check(e *element, r *rule) {
	p.checkAttributes(e, r)
	p.checkParts(e, r)
	if e.textAt >= 0 && !r.text {
		p.add(e.textAt, e.path(), strings.Trim(e.text.String(), blanks), "no text here, %s", r.contents())
	}
	if len(r.either) > 0 {
		p.checkEither(e, r.either)
	}
}

func (p *problems) checkAttributes(e *element, r *rule) {
	known := slices.Concat(r.required, r.optional)
	for i, a := range e.attributes {
		path := e.path() + "." + oneLine(a.name, maxPathName)
		switch allowed := values[a.name]; {
		case !slices.Contains(known, a.name):
			p.add(a.at, path, a.name, "%s", p.attributesAllowed(a.name, known))
		case slices.ContainsFunc(e.attributes[:i], func(o attribute) bool { return o.name == a.name }):
			p.add(a.at, path, a.value, "each attribute once")
		case allowed != nil && !slices.Contains(allowed, a.value):
			p.add(a.at, path, a.value, "%s", p.suggest(a.value, allowed))
		}
	}
	for _, name := range r.required {
		if e.attribute(name) == nil {
			p.missing(e.at, e.path()+"."+name, "an attribute %s", name)
		}
	}
}

func (p *problems) attributesAllowed(name string, known []string) string {
	if len(known) == 0 {
		return "no attributes here"
	}
	return "an attribute, " + p.suggest(name, known)
}

// checkParts goes through the children; what does not belong there is not read.
func (p *problems) checkParts(e *element, r *rule) {
	last := 0
	counts := map[string]int{}
	e.children = slices.DeleteFunc(e.children, func(c *element) bool {
		i := slices.IndexFunc(r.parts, func(o part) bool { return o.name == c.name })
		if i < 0 {
			p.add(c.at, e.path(), "<"+oneLine(c.name, maxPathName)+">", "%s", p.partsAllowed(c.name, r))
			return true
		}
		counts[c.name]++
		others := 0
		for _, name := range r.atMostOne {
			others += counts[name]
		}
		switch known := r.parts[i]; {
		case counts[c.name] > 1 && !known.many:
			p.add(c.at, e.path(), "<"+c.name+">", "it once")
		case others > 1:
			p.add(c.at, e.path(), "<"+c.name+">", "only one of: %s", strings.Join(r.atMostOne, ", "))
		case i < last:
			p.add(c.at, e.path(), "<"+c.name+">", "the order %s", strings.Join(r.names(), ", "))
		}
		last = max(last, i)
		p.check(c, r.parts[i].rule)
		return false
	})
	for _, known := range r.parts {
		if known.needed && counts[known.name] == 0 {
			p.missing(e.at, e.path()+"."+known.name, "an element <%s>", known.name)
		}
	}
}

// checkEither notes that there is not exactly one of some attributes and children.
func (p *problems) checkEither(e *element, names []string) {
	var found []string
	at := e.at
	for _, name := range names {
		switch {
		case e.attribute(name) != nil:
			at = e.attribute(name).at
		case e.child(name) != nil:
			at = e.child(name).at
		default:
			continue
		}
		found = append(found, name)
	}
	switch allowed := "either " + strings.Join(names, " or "); len(found) {
	case 0:
		p.missing(e.at, e.path(), "%s", allowed)
	case 1:
	default:
		p.add(at, e.path(), strings.Join(found, " and "), "%s", allowed)
	}
}

func (r *rule) names() []string {
	names := make([]string, len(r.parts))
	for i, known := range r.parts {
		names[i] = known.name
	}
	return names
}

// partsAllowed says which elements may stand where one called name does.
func (p *problems) partsAllowed(name string, r *rule) string {
	if len(r.parts) == 0 {
		return "no elements here, " + r.contents()
	}
	return "an element, " + p.suggest(name, r.names())
}

// contents says what an element holds.
func (r *rule) contents() string {
	switch {
	case r.text:
		return "only text"
	case len(r.parts) == 0:
		return "it is empty"
	}
	return "only the elements " + strings.Join(r.names(), ", ")
}
