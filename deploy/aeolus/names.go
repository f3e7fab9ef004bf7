package aeolus

import (
	"slices"
	"strconv"
	"strings"

	"aiolos/deploy"
)

// Lengths of names in the language.
const (
	maxBlueprintName = 40
	maxGroupName     = 20
	maxStepName      = 40
)

// blueprintName makes the name of a blueprint of any name: words of lower-case
// letters and digits with hyphens between them, as many whole words as fit.
func blueprintName(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !isLetter(r) && !isDigit(r) })
	if len(words) == 0 || isDigit(rune(words[0][0])) {
		words = append([]string{"deployable"}, words...)
	}
	all := words[0]
	for _, word := range words[1:] {
		if len(all)+1+len(word) > maxBlueprintName {
			break
		}
		all += "-" + word
	}
	return all[:min(len(all), maxBlueprintName)]
}

// nameGroups gives every assembly the name of a group. Those that may be called
// as they are keep their names, whatever the others are called.
func (d *Deployable) nameGroups() {
	taken := map[string]bool{}
	for _, a := range d.assemblies {
		if deploy.GroupNames.OK(a.name) && !taken[a.name] {
			a.group = a.name
			taken[a.name] = true
		}
	}
	for _, a := range d.assemblies {
		if a.group == "" {
			name := keep(a.name, func(r rune) bool { return isLetter(r) || isDigit(r) })
			if name == "" || isDigit(rune(name[0])) {
				name = "node" + name
			}
			a.group = unique(name, maxGroupName, func(name string) bool { return deploy.GroupNames.OK(name) && !taken[name] })
			taken[a.group] = true
		}
		// Whoever deploys it knows the assembly by its own name, so that is what
		// the parameters are called after, if expressions can refer to them so.
		a.prefix = a.name
		if !deploy.ParameterNames.OK(a.count()) {
			a.prefix = a.group
		}
	}
}

// nameSteps gives every service the name of a step.
func (d *Deployable) nameSteps() {
	taken := map[string]bool{}
	for _, a := range d.assemblies {
		for _, s := range a.services {
			words := strings.FieldsFunc(strings.ToLower(s.name), func(r rune) bool { return !isLetter(r) && !isDigit(r) && r != '_' })
			name := strings.Join(append([]string{a.group}, words...), "-")
			s.step = unique(name, maxStepName, func(name string) bool { return deploy.StepNames.OK(name) && !taken[name] })
			taken[s.step] = true
		}
	}
}

// unique cuts a name to a length, and adds the lowest number from 2 with which
// it is free if it is not so without.
func unique(name string, most int, free func(string) bool) string {
	short := strings.TrimRight(name[:min(len(name), most)], "-_")
	for i := 2; !free(short); i++ {
		number := strconv.Itoa(i)
		short = strings.TrimRight(name[:min(len(name), most-len(number))], "-_") + number
	}
	return short
}

// keep returns the lower-case characters of a text that are wanted.
func keep(text string, wanted func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if wanted(r) {
			return r
		}
		return -1
	}, strings.ToLower(text))
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' }
func isDigit(r rune) bool  { return r >= '0' && r <= '9' }

// nodeMembers are what expressions know of a node, whatever facter says, and
// whatever is a part of them. The host name is the same in both.
var nodeMembers = []string{"name", "group", "index", "disks", "id", "address", "zone", "labels"}

// checkFact notes a return that expressions cannot refer to.
func (r *reader) checkFact(e *element, name string) {
	first, _, dotted := strings.Cut(name, ".")
	switch {
	case !deploy.FactNames.OK(name):
		r.add(e.named(), e.path()+".name", name, "%s", deploy.FactNames.Allowed)
	case slices.Contains(nodeMembers, first), dotted && first == "hostname":
		r.add(e.named(), e.path()+".name", name, "another fact of facter: %s mean something else of a node", strings.Join(nodeMembers, ", "))
	}
}
