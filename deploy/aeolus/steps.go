package aeolus

import (
	"regexp"
	"slices"
	"strings"

	"aiolos/deploy"
)

func (d *Deployable) writeSteps(w *writer) {
	if !slices.ContainsFunc(d.assemblies, func(a *assembly) bool { return len(a.services) > 0 }) {
		return
	}
	w.key(0, "steps")
	waits := d.waits()
	for _, a := range d.assemblies {
		for _, s := range a.services {
			w.step(s, waits[s])
		}
	}
}

func (w *writer) step(s *service, waits []wait) {
	if s.description != "" {
		w.comment(1, s.description)
	}
	w.key(1, s.step)
	w.field(2, "on", s.assembly.group)
	w.needs(waits)
	w.key(2, "run")
	w.field(3, "script", "exec ./"+start)
	w.environment(s)
	w.key(3, "files")
	w.file(s.executable, "0755")
	for _, f := range s.files {
		w.file(f, "0644")
	}
}

// needs writes which steps come before. The service before has to be done on
// the same node, unless it is referred to as well: then it is on all.
func (w *writer) needs(waits []wait) {
	var all []*service
	for _, v := range waits {
		if v.by != nil && !slices.Contains(all, v.target) {
			all = append(all, v.target)
		}
	}
	if len(waits) == 0 {
		return
	}
	w.key(2, "needs")
	if own := waits[0]; own.by == nil && !slices.Contains(all, own.target) {
		w.line(3, "- "+inline(own.target.step))
	}
	for _, target := range all {
		w.line(3, "- {step: "+inline(target.step)+", of: all}")
	}
}

// environment writes the variables of all services of the machine, as each is
// told of all, and so waits for all that they refer to. Only what refers to a
// service is left to those that come later: a service of this machine cannot
// be done before it has begun.
func (w *writer) environment(s *service) {
	begun := false
	for _, p := range s.assembly.parameters() {
		if p.reference != nil && p.reference.service != nil && isBefore(s, p.service) {
			continue
		}
		if !begun {
			w.key(3, "env")
			begun = true
		}
		w.field(4, p.variable(), p.expression())
	}
}

// isBefore says whether a service comes before another one of the assembly.
func isBefore(s, other *service) bool {
	all := s.assembly.services
	return slices.Index(all, s) < slices.Index(all, other)
}

// expression is the value of a parameter. What comes from an assembly is the
// values of all its nodes with blanks between them, and so waits for all. A
// service is referred to for its exit code, which is 0 once it is done: with
// any other one its step fails.
func (p *parameter) expression() string {
	switch to := p.reference; {
	case to == nil:
		return expression(parameterOf(p.launch()))
	case to.service != nil:
		return expression(to.assembly.group + `.map(n, "0").join(" ")`)
	default:
		return expression(to.assembly.group + ".map(n, string(n" + member(to.fact) + `)).join(" ")`)
	}
}

func (w *writer) file(f file, mode string) {
	w.item(4, "path", deploy.Escape(f.name))
	w.line(5, `mode: "`+mode+`"`)
	if f.url != "" {
		w.field(5, "url", deploy.Escape(f.url))
	} else {
		w.field(5, "content", deploy.Escape(f.content))
	}
}

func expression(text string) string { return "${" + text + "}" }

// parameterOf refers to a parameter.
func parameterOf(name string) string { return "params.`" + name + "`" }

var identifier = regexp.MustCompile(`\A[A-Za-z_][A-Za-z0-9_]*\z`)

// member refers to a fact of a node: each part of its name to a member of what
// the parts before it are.
func member(fact string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(fact, ".") {
		if !identifier.MatchString(part) || !deploy.ParameterNames.OK(part) {
			part = "`" + part + "`"
		}
		b.WriteString("." + part)
	}
	return b.String()
}
