package aeolus

import (
	"strconv"

	"aiolos/deploy"
)

// Translate makes a blueprint of the text of a deployable. The error is a
// *deploy.InvalidError.
func Translate(text []byte) ([]byte, error) {
	d, err := Read(text)
	if err != nil {
		return nil, err
	}
	return d.Blueprint()
}

// Blueprint writes the deployable as a blueprint in YAML. It fails only if the
// blueprint would be longer than one may be; the error is a *deploy.InvalidError.
func (d *Deployable) Blueprint() ([]byte, error) {
	var w writer
	w.comment(0, "Converted from the Aeolus deployable "+strconv.Quote(d.Name)+".")
	w.field(0, "name", d.blueprint)
	if d.Description != "" {
		w.field(0, "description", d.Description)
	}
	w.key(0, "parameters")
	for _, a := range d.assemblies {
		w.launchParameters(a)
	}
	w.key(0, "groups")
	for _, a := range d.assemblies {
		w.group(a)
	}
	d.writeSteps(&w)
	if w.b.Len() > deploy.MaxSourceBytes {
		return nil, &deploy.InvalidError{Problems: []deploy.Problem{{
			Field: "deployable", Value: strconv.Itoa(w.b.Len()) + " bytes as a blueprint",
			Allowed: "at most " + strconv.Itoa(deploy.MaxSourceBytes) + " bytes", Line: 1, Column: 1,
		}}}
	}
	return []byte(w.b.String()), nil
}

func (w *writer) launchParameters(a *assembly) {
	w.key(1, a.count())
	w.field(2, "type", "integer")
	w.line(2, "default: 1")
	w.line(2, "minimum: 1")
	w.field(2, "description", "nodes of the assembly "+oneLine(a.name, maxPathName))
	for _, p := range a.parameters() {
		if p.reference != nil {
			continue
		}
		w.key(1, p.launch())
		w.field(2, "type", "string")
		switch {
		case p.sensitive:
			w.line(2, "sensitive: true")
		case p.value != nil:
			w.field(2, "default", *p.value)
		}
		w.field(2, "description", p.description())
	}
}

// description tells who deploys it what a parameter is for. The default of a
// password is left out: a blueprint stands in the history, where a password
// must not, and one that stands in a file that is handed on is no secret, so
// whoever deploys has to choose one.
func (p *parameter) description() string {
	text := p.variable() + " for the scripts on " + oneLine(p.service.assembly.name, maxPathName)
	if p.withheld() {
		text += "; the deployable has a password here, which is left out: give one at launch"
	}
	return text
}

// withheld says whether the default is a password, which is left out.
func (p *parameter) withheld() bool { return p.sensitive && p.value != nil && *p.value != "" }

// Withheld names the parameters for which the deployable has a password that is
// left out of the blueprint, so that one has to be given at launch.
func (d *Deployable) Withheld() []string {
	var names []string
	for _, a := range d.assemblies {
		for _, p := range a.parameters() {
			if p.withheld() {
				names = append(names, p.launch())
			}
		}
	}
	return names
}

func (w *writer) group(a *assembly) {
	if a.name != a.group {
		w.comment(1, "The assembly "+strconv.Quote(a.name)+".")
	}
	w.key(1, a.group)
	w.field(2, "count", expression(parameterOf(a.count())))
	w.field(2, "profile", deploy.Escape(a.profile))
	if a.build != "" {
		w.comment(2, "The deployable asks for the build "+strconv.Quote(a.build)+" of the image.")
	}
	w.field(2, "image", deploy.Escape(a.image))
	if len(a.returns) == 0 {
		return
	}
	w.key(2, "facts")
	for _, name := range a.returns {
		w.line(3, "- "+inline(name))
	}
}
