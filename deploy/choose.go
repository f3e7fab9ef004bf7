package deploy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// chooser finds the nodes that steps run on.
type chooser struct {
	p     *planner
	order map[string]int // of the nodes, in the plan
	// scope and vars are made when the first expression needs them.
	scope *scope
	vars  variables
	// asked are the facts that an expression referred to, of which none is known yet.
	asked []Missing
}

func newChooser(p *planner) *chooser {
	c := &chooser{p: p, order: map[string]int{}}
	for i, n := range p.plan.Nodes {
		c.order[n.Name] = i
	}
	return c
}

// nodesOf names the nodes that a step runs on, in the plan's order.
func (p *planner) nodesOf(spec stepSpec, c *chooser) []string {
	names := []string{}
	for _, place := range spec.on {
		if place.choose != "" {
			names = append(names, c.choose(place)...)
			continue
		}
		found := 0
		for _, n := range p.plan.Nodes {
			if n.Group == place.group && (place.index == wholeGroup || place.index == n.Index) {
				names = append(names, n.Name)
				found++
			}
		}
		if found == 0 {
			count := p.plan.Groups[slices.IndexFunc(p.plan.Groups, func(g Group) bool { return g.Name == place.group })].Count
			p.add(place.at, place.field, fmt.Sprintf("%s[%d]", place.group, place.index), "an index from 0 to %d, as %s has %d nodes", count-1, place.group, count)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return c.order[a] - c.order[b] })
	return slices.Compact(names)
}

// choose evaluates an expression whose value is a node, or a list of nodes.
func (c *chooser) choose(place placeSpec) []string {
	if c.scope == nil && !c.prepare() {
		return nil
	}
	text := strings.TrimSpace(place.choose)
	compiled := c.scope.compileValue(text, place.field, func(*ExpressionError) {})
	if len(compiled.text) != 1 || compiled.text[0].expr == nil {
		c.p.add(place.at, place.field, text, onAllowed)
		return nil
	}
	c.asked = nil
	expr := compiled.text[0].expr
	value, _, err := expr.program.Eval(c.vars)
	if len(c.asked) > 0 {
		c.p.add(place.at, place.field, text, "an expression of what the plan knows (%s): %s of %s is only known later",
			strings.Join(append([]string{"hostname"}, planned...), ", "), c.asked[0].Fact, c.asked[0].Node)
		return nil
	}
	if err == nil {
		var names []string
		if names, err = nodeNames(value); err == nil {
			return names
		}
	}
	c.p.expression(wrong(expr, place.field, reason(err)), map[string]position{place.field: place.at}, place.at)
	return nil
}

// prepare makes the variables that expressions choose from.
func (c *chooser) prepare() bool {
	lists := map[string][]ref.Val{}
	for _, g := range c.p.plan.Groups {
		lists[g.Name] = nil
	}
	groups := sortedKeys(lists)
	for _, spec := range c.p.plan.Nodes {
		node := newNode(spec, func(node, name string) ref.Val {
			if name == "hostname" {
				return types.String(spec.Hostname)
			}
			c.asked = append(c.asked, Missing{node, name})
			return types.NewErr("%s is only known later", name)
		}, func(spec NodeSpec) []Disk { return spec.Disks })
		lists[spec.Group] = append(lists[spec.Group], node)
		lists[allNodes] = append(lists[allNodes], node)
	}
	c.vars = variables{"params": newParameters(c.p.plan.values())}
	for _, name := range sortedKeys(lists) {
		c.vars[name] = types.NewRefValList(adapter{}, lists[name])
	}
	s, err := newScope(formOutput, c.p.plan.parameterTypes(), groups)
	if err != nil {
		c.p.add(position{}, "blueprint", err.Error(), "names that expressions can use")
		return false
	}
	c.scope = s
	return true
}

// nodeNames reads the value of an expression that chooses nodes.
func nodeNames(value ref.Val) ([]string, error) {
	if o, ok := value.(*object); ok && o.of == nodeType {
		return []string{o.name}, nil
	}
	list, ok := value.(traits.Lister)
	if !ok {
		return nil, errors.New("its value is neither a node nor a list of nodes")
	}
	names := []string{}
	for it := list.Iterator(); it.HasNext() == types.True; {
		o, ok := it.Next().(*object)
		if !ok || o.of != nodeType {
			return nil, errors.New("its value is a list of something else than nodes")
		}
		names = append(names, o.name)
	}
	return names, nil
}
