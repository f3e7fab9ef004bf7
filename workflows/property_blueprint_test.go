package workflows_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"aiolos/activities"
	"aiolos/deploy"
)

// request writes the scenario as a blueprint. JSON is YAML, and maps are written
// in the order of their keys, which is that of the steps.
func (c *scenario) request() deploy.Request {
	groups, steps := map[string]any{}, map[string]any{}
	for _, g := range c.Groups {
		group := map[string]any{"count": g.Count, "profile": "small-x86_64"}
		if g.Facts {
			group["facts"] = []string{"os"}
		}
		groups[g.Name] = group
	}
	for _, p := range c.Steps {
		step := map[string]any{"on": p.On, p.Action: p.config()}
		if len(p.Needs) > 0 {
			step["needs"] = p.Needs
		}
		if p.Parallel > 0 {
			step["parallel"] = p.Parallel
		}
		if p.Attempts > 0 {
			step["retry"] = map[string]any{"attempts": p.Attempts, "delay": p.Delay.String()}
		}
		if when := p.when(); when != "" {
			step["when"] = when
		}
		steps[p.Name] = step
	}
	text, err := json.Marshal(map[string]any{"name": "made-up", "groups": groups, "steps": steps})
	if err != nil {
		panic(err) // nothing in it that cannot be written
	}
	return deploy.Request{Blueprint: "made-up", Source: string(text), OnFailure: c.OnFailure}
}

func (p *stepCase) config() map[string]any {
	switch p.Action {
	case "await":
		return map[string]any{"signal": p.signal(), "timeout": p.Timeout.String()}
	case "gluster_pool":
		return map[string]any{"peers": []string{"a", "b"}}
	case "gluster_volume":
		return map[string]any{"name": p.Name, "bricks": []string{"a:/data/" + p.Name}}
	}
	config := map[string]any{"script": p.script(reference)}
	if p.Tells {
		config["outputs"] = []string{"told_" + p.Name}
	}
	return config
}

// script is what the step says, with every fact that it refers to as shown by
// of: as an expression, or as its value.
func (p *stepCase) script(of func(ref string) string) string {
	parts := []string{"say " + p.Name}
	for _, ref := range p.Refers {
		parts = append(parts, of(ref))
	}
	return strings.Join(parts, " ")
}

// reference is the expression of a fact "node name".
func reference(ref string) string { return "${" + bare(ref) + "}" }

func bare(ref string) string {
	node, fact, _ := strings.Cut(ref, " ")
	group, at := index(node)
	return fmt.Sprintf("%s[%d].%s", group, at, fact)
}

// told is the value of a fact "node name".
func told(ref string) string { return strings.ReplaceAll(ref, " ", "/") }

func (p *stepCase) when() string {
	switch p.When {
	case "":
		return ""
	case "node":
		return "${node.index % 2 == 0}"
	}
	return fmt.Sprintf("${(%s == '%s') == %s}", bare(p.WhenOf), told(p.WhenOf), p.When)
}

// wanted says whether the step's condition is true on a node.
func (p *stepCase) wanted(node string) bool {
	_, at := index(node)
	return p.When == "" || p.When == "true" || (p.When == "node" && at%2 == 0)
}

// signal is the name of the signal that the step awaits.
func (p *stepCase) signal() string { return "up_" + p.Name }

// last says whether the attempt of that number is the last that the blueprint
// asks for, counted from the one after what a person has asked for.
func (p *stepCase) last(since int, kind deploy.Kind) bool {
	return since >= p.Attempts || !activities.Deliberate(kind)
}

// GoString shows a scenario in a counterexample.
func (c *scenario) GoString() string {
	text, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		panic(err) // nothing in it that cannot be written
	}
	return string(text) + "\n" + c.request().Source
}
