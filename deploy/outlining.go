package deploy

import (
	"slices"
	"strconv"
)

// Outline tells what the blueprint says before its parameters are filled in.
func (b *Blueprint) Outline() Outline {
	o := Outline{Name: b.Name, Description: b.Description, Parameters: slices.Clone(b.Parameters)}
	for _, g := range b.groups {
		group := OutlineGroup{
			Name: g.name, Count: plain(g.count.value), Profile: plain(g.profile.value), Disks: len(g.disks), Facts: slices.Clone(g.facts),
		}
		if g.image != nil {
			group.Image = plain(g.image.value)
		}
		o.Groups = append(o.Groups, group)
	}
	// A blueprint whose needs go in a circle was refused when it was read.
	ordered, _ := inOrder(b.steps)
	for _, s := range ordered {
		o.Steps = append(o.Steps, b.outline(s))
	}
	for _, out := range b.outputs {
		o.Outputs = append(o.Outputs, OutlineOutput{out.name, out.value})
	}
	return o
}

func (b *Blueprint) outline(s stepSpec) OutlineStep {
	step := OutlineStep{
		Name: s.name, Action: s.action, On: s.onText, Timeout: s.timeout,
		Produces: slices.Clone(s.produces), Whole: true,
	}
	for _, p := range s.on {
		if p.group != "" && !slices.Contains(step.Groups, p.group) {
			step.Groups = append(step.Groups, p.group)
		}
		step.Whole = step.Whole && p.choose == "" && p.index == wholeGroup
	}
	if len(s.on) == 1 && s.on[0].choose != "" {
		if group := chosenFrom(b, s.on[0].choose); group != "" {
			step.Groups = []string{group}
		}
	}
	for _, n := range s.needs {
		step.Needs = append(step.Needs, OutlineNeed{n.step, b.of(s, n)})
	}
	if s.when != nil {
		step.When = plain(s.when.value)
	}
	if s.parallel != nil {
		step.Parallel = plain(s.parallel.value)
	}
	if s.retry != nil {
		step.Retry = s.retry.Attempts
	}
	seen := map[OutlineRef]bool{}
	for _, ref := range s.refers {
		r := OutlineRef{Group: ref.group, Fact: ref.fact, From: b.maker(s, ref), Own: ref.group == ownNode}
		if r.Own || r.Group == allNodes {
			r.Group = ""
		}
		if !seen[r] {
			seen[r] = true
			step.Refers = append(step.Refers, r)
		}
	}
	return step
}

// of says on how many nodes a needed step has to be done, as Plan will fill it
// in where the blueprint leaves it open.
func (b *Blueprint) of(s stepSpec, n needSpec) string {
	if n.of != "" {
		return n.of
	}
	on := b.step(n.step).on
	covered := func(p placeSpec) bool {
		return p.choose == "" && slices.ContainsFunc(on, func(o placeSpec) bool {
			return o.choose == "" && o.group == p.group && (o.index == wholeGroup || o.index == p.index)
		})
	}
	// What an expression chooses lies within the group that it filters.
	chosen := func(p placeSpec) bool {
		if p.choose == "" {
			return false
		}
		group := chosenFrom(b, p.choose)
		return slices.ContainsFunc(on, func(o placeSpec) bool {
			return (o.choose == p.choose) || (group != "" && o.group == group && o.index == wholeGroup && o.choose == "")
		})
	}
	if slices.ContainsFunc(s.on, func(p placeSpec) bool { return !covered(p) && !chosen(p) }) {
		return NeedAll
	}
	return NeedOwn
}

// maker is the step that makes a fact that s refers to, if only one is known to.
func (b *Blueprint) maker(s stepSpec, ref reference) string {
	var makers []string
	for _, m := range b.steps {
		if !slices.Contains(m.produces, ref.fact) {
			continue
		}
		on := func(group string) bool {
			return slices.ContainsFunc(m.on, func(p placeSpec) bool {
				return p.choose != "" || (p.group == group && (ref.index == wholeGroup || p.index == wholeGroup || p.index == ref.index))
			})
		}
		if ref.group == "" || ref.group == allNodes || on(ref.group) ||
			(ref.group == ownNode && slices.ContainsFunc(s.on, func(p placeSpec) bool { return on(p.group) })) {
			makers = append(makers, m.name)
		}
	}
	if len(makers) != 1 {
		return ""
	}
	return makers[0]
}

// chosenFrom is the group whose nodes an expression chooses from, if it is one.
func chosenFrom(b *Blueprint, choose string) string {
	segments, err := split(choose)
	if err != nil || len(segments) != 1 || b.nodes == nil {
		return ""
	}
	ast, issues := b.nodes.env.Compile(segments[0].text)
	if issues.Err() != nil {
		return ""
	}
	f := &referenceFinder{ast: ast.NativeRep(), known: map[string]place{}}
	p := f.place(f.ast.Expr())
	if slices.ContainsFunc(b.groups, func(g groupSpec) bool { return g.name == p.group }) {
		return p.group
	}
	return ""
}

// Files names the local files that the blueprint refers to, as it writes them,
// each once. They have to be in Request.Files.
func (b *Blueprint) Files() []string {
	var all []string
	for _, s := range b.steps {
		if files := b.action(s.action).Files; files != nil && s.config != nil {
			all = append(all, files(s.config)...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// checkFiles refuses a request that lacks files, or carries too much of them.
func (p *planner) checkFiles(given map[string][]byte) {
	total := 0
	for _, name := range sortedKeys(given) {
		total += len(given[name])
	}
	if total > MaxFilesBytes {
		p.add(position{}, "files", strconv.Itoa(total)+" bytes", "at most %d bytes in all", MaxFilesBytes)
	}
	for _, name := range p.blueprint.Files() {
		if _, ok := given[name]; !ok {
			p.add(position{}, "files."+name, "", "the content of the file that the blueprint names")
		}
	}
}
