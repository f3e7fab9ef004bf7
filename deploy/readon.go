package deploy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

var onPattern = regexp.MustCompile(`\A([a-z][a-z0-9]*)(?:\[(\d{1,5})\])?\z`)

const onAllowed = "a group, one node of it like storage[0], a list of these, or an expression ${…} that chooses nodes"

// readOn reads which nodes a step runs on.
func (r *reader) readOn(s *stepSpec, n *yaml.Node, field string) {
	if n == nil {
		r.add(s.at, field, "", onAllowed)
		return
	}
	s.onAt = at(n)
	if r.follow(n).Kind != yaml.SequenceNode {
		s.onText = r.follow(n).Value
		s.on = r.readPlace(n, field)
		return
	}
	items := r.items(n, field)
	if len(items) == 0 || len(items) > maxGroups {
		r.add(at(n), field, strconv.Itoa(len(items))+" places", "from 1 to %d", maxGroups)
		return
	}
	var texts []string
	for i, item := range items {
		texts = append(texts, r.follow(item).Value)
		s.on = append(s.on, r.readPlace(item, element(field, i))...)
	}
	s.onText = strings.Join(texts, ", ")
}

// readPlace reads a group, a node, or an expression.
func (r *reader) readPlace(n *yaml.Node, field string) []placeSpec {
	groups := make([]string, len(r.blueprint.groups))
	for i, g := range r.blueprint.groups {
		groups[i] = g.name
	}
	place := placeSpec{at: at(n), field: field, index: wholeGroup}
	text := r.text(n, field, onAllowed)
	if hasExpression(text) {
		segments, err := split(text)
		if err == nil && (len(segments) != 1 || !segments[0].expression) {
			r.add(place.at, field, r.what(n), onAllowed)
			return nil
		}
		place.choose = text
		r.checkExpressions(formOutput, text, field, func(string) position { return place.at })
		r.checkChoice(place)
		return []placeSpec{place}
	}
	m := onPattern.FindStringSubmatch(text)
	switch {
	case m == nil:
		r.add(at(n), field, r.what(n), onAllowed)
	case !slices.Contains(groups, m[1]):
		r.add(at(n), field, text, "%s", suggest(m[1], groups))
	default:
		place.group = m[1]
		if m[2] != "" {
			place.index, _ = strconv.Atoi(m[2])
		}
		return []placeSpec{place}
	}
	return nil
}

// checkChoice refuses an expression that can be told not to choose nodes.
func (r *reader) checkChoice(place placeSpec) {
	segments, err := split(place.choose)
	if err != nil || len(segments) != 1 {
		return
	}
	kind, ok := r.scopes[formOutput].kind(segments[0].text)
	if ok && !slices.Contains([]string{nodeType, "list(" + nodeType + ")", "list(dyn)", "dyn"}, kind) {
		r.add(place.at, place.field, place.choose, "an expression that chooses nodes, and not of the type %s", kind)
	}
}
