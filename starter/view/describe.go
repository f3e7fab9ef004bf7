package view

import "aiolos/deploy"

// Summary is a blueprint in a list, for programs.
type Summary struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// Summaries are blueprints in a list, for programs.
func Summaries(all []deploy.Outline) []Summary {
	list := make([]Summary, len(all))
	for i, b := range all {
		list[i] = Summary{b.Name, b.Description}
	}
	return list
}

// Description is a blueprint for programs.
type Description struct {
	Summary
	Parameters []parameter `json:"parameters"`
	Groups     []group     `json:"groups"`
	Steps      []step      `json:"steps"`
	Outputs    []output    `json:"outputs"`
}

type parameter struct {
	Name        string               `json:"name"`
	Type        deploy.ParameterType `json:"type"`
	Description string               `json:"description,omitempty"`
	Default     any                  `json:"default,omitempty"`
	Required    bool                 `json:"required"`
	Minimum     *float64             `json:"minimum,omitempty"`
	Maximum     *float64             `json:"maximum,omitempty"`
	Pattern     string               `json:"pattern,omitempty"`
	Enum        []any                `json:"enum,omitempty"`
	Sensitive   bool                 `json:"sensitive,omitempty"`
}

type group struct {
	Name    string   `json:"name"`
	Count   string   `json:"count"`
	Profile string   `json:"profile"`
	Image   string   `json:"image,omitempty"`
	Disks   int      `json:"disks"`
	Facts   []string `json:"facts,omitempty"`
}

type step struct {
	Name     string `json:"name"`
	Action   string `json:"action"`
	On       string `json:"on"`
	Needs    []need `json:"needs,omitempty"`
	When     string `json:"when,omitempty"`
	Parallel string `json:"parallel,omitempty"`
	Timeout  int    `json:"timeout_seconds,omitempty"`
	Attempts int    `json:"attempts,omitempty"`
}

type need struct {
	Step string `json:"step"`
	Of   string `json:"of"`
}

type output struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Described is a blueprint for programs.
func Described(b deploy.Outline) Description {
	d := Description{Summary: Summary{b.Name, b.Description}, Parameters: []parameter{}, Groups: []group{}, Steps: []step{}, Outputs: []output{}}
	for _, p := range b.Parameters {
		d.Parameters = append(d.Parameters, parameter{
			Name: p.Name, Type: p.Type, Description: p.Description, Default: p.Default, Required: p.Default == nil,
			Minimum: p.Minimum, Maximum: p.Maximum, Pattern: p.Pattern, Enum: p.Enum, Sensitive: p.Sensitive,
		})
	}
	for _, g := range b.Groups {
		d.Groups = append(d.Groups, group{g.Name, g.Count, g.Profile, g.Image, g.Disks, g.Facts})
	}
	for _, s := range b.Steps {
		one := step{Name: s.Name, Action: s.Action, On: s.On, When: s.When, Parallel: s.Parallel, Timeout: s.Timeout, Attempts: s.Retry}
		for _, n := range s.Needs {
			one.Needs = append(one.Needs, need(n))
		}
		d.Steps = append(d.Steps, one)
	}
	for _, o := range b.Outputs {
		d.Outputs = append(d.Outputs, output(o))
	}
	return d
}
