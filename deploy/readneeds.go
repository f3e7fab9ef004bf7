package deploy

import (
	"reflect"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

func (r *reader) readNeeds(n *yaml.Node, field string) []needSpec {
	var needs []needSpec
	items := r.items(n, field)
	if len(items) > maxNeeds {
		r.add(at(n), field, strconv.Itoa(len(items)), "at most %d", maxNeeds)
		return nil
	}
	for i, item := range items {
		path := element(field, i)
		need := needSpec{at: at(item), field: path}
		if r.follow(item).Kind == yaml.MappingNode {
			fields := r.fields(item, path, "step", "of")
			need.step = r.text(fields["step"], join(path, "step"), "a step")
			if of := fields["of"]; of != nil {
				r.readOf(&need, of, join(path, "of"))
			}
		} else {
			need.step = r.text(item, path, "a step, or {step, of}")
		}
		needs = append(needs, need)
	}
	return needs
}

// readOf reads on how many nodes the needed step has to be done.
func (r *reader) readOf(need *needSpec, n *yaml.Node, field string) {
	const allowed = "own, all, any, or a number of nodes of at least 1"
	value := r.scalar(r.follow(n), field)
	text, isText := value.(string)
	number, isNumber := value.(int64)
	switch {
	case isText && slices.Contains([]string{NeedOwn, NeedAll, NeedAny}, text):
		need.of = text
	case isNumber && number >= 1, isText && hasExpression(text):
		s := r.setting(n, field, need.at, reflect.TypeFor[int]())
		need.of, need.number = plain(value), &s
	default:
		r.add(at(n), field, r.what(n), allowed)
	}
}

// checkNeeds says which needed steps there are not.
func (r *reader) checkNeeds(s stepSpec) {
	var names []string
	for _, other := range r.blueprint.steps {
		if other.name != s.name {
			names = append(names, other.name)
		}
	}
	seen := map[string]bool{}
	for _, need := range s.needs {
		switch {
		case need.step == s.name:
			r.add(need.at, need.field, need.step, "another step: a step cannot need itself")
		case len(names) == 0:
			r.add(need.at, need.field, shown(need.step), "another step, of which there is none")
		case !slices.Contains(names, need.step):
			r.add(need.at, need.field, shown(need.step), "%s", suggest(need.step, names))
		case seen[need.step]:
			r.add(need.at, need.field, need.step, "each step once")
		}
		seen[need.step] = true
	}
}
