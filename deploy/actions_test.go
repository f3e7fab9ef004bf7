package deploy_test

import (
	"fmt"
	"strings"

	"aiolos/deploy"
)

// The actions that blueprints in these tests ask for, shaped like the real ones.
type puppetConfig struct {
	Module   string            `json:"module,omitempty"`
	Git      string            `json:"git,omitempty"`
	Ref      string            `json:"ref,omitempty"`
	Commit   string            `json:"commit,omitempty"`
	Manifest string            `json:"manifest,omitempty"`
	Facts    map[string]string `json:"facts,omitempty"`
	Signal   string            `json:"signal,omitempty"`
}

type runConfig struct {
	Script  string            `json:"script"`
	Env     map[string]string `json:"env,omitempty"`
	Unless  string            `json:"unless,omitempty"`
	Creates string            `json:"creates,omitempty"`

	Files     []runFile `json:"files,omitempty"`
	Outputs   []string  `json:"outputs,omitempty"`
	Sensitive []string  `json:"sensitive,omitempty"`
}

type runFile struct {
	Path    string  `json:"path"`
	Content *string `json:"content,omitempty"`
	File    string  `json:"file,omitempty"`
	Mode    string  `json:"mode,omitempty"`
}

// produced are the outputs that a configuration declares.
func produced(config map[string]any) []string {
	var names []string
	for _, field := range []string{"outputs", "sensitive"} {
		list, _ := config[field].([]any)
		for _, name := range list {
			if text, ok := name.(string); ok {
				names = append(names, text)
			}
		}
	}
	return names
}

type awaitConfig struct {
	Signal string `json:"signal"`
}

type poolConfig struct {
	Peers []string `json:"peers"`
}

type volumeConfig struct {
	Name       string            `json:"name"`
	Bricks     []string          `json:"bricks"`
	Replica    int               `json:"replica,omitempty"`
	Arbiter    int               `json:"arbiter,omitempty"`
	Disperse   int               `json:"disperse,omitempty"`
	Redundancy int               `json:"redundancy,omitempty"`
	Transport  string            `json:"transport,omitempty"`
	Options    map[string]string `json:"options,omitempty"`
	Force      bool              `json:"force,omitempty"`
	Rebalance  string            `json:"rebalance,omitempty"`
}

type verifyConfig struct {
	Volume string `json:"volume"`
	Writer string `json:"writer"`
	Reader string `json:"reader"`
}

// anyConfig takes values of every kind, nested.
type anyConfig struct {
	Text   string            `json:"text,omitempty"`
	Flag   bool              `json:"flag,omitempty"`
	Count  int               `json:"count,omitempty"`
	Small  uint8             `json:"small,omitempty"`
	Ratio  float64           `json:"ratio,omitempty"`
	Any    any               `json:"any,omitempty"`
	Names  []string          `json:"names,omitempty"`
	Inner  *innerConfig      `json:"inner,omitempty"`
	Inners []innerConfig     `json:"inners,omitempty"`
	Labels map[string]string `json:"labels,omitempty"`
}

type innerConfig struct {
	Depth int    `json:"depth"`
	Label string `json:"label,omitempty"`
}

func checkVolume(config any) []deploy.Problem {
	c := config.(*volumeConfig)
	var problems []deploy.Problem
	if c.Replica > 1 && len(c.Bricks)%c.Replica != 0 {
		problems = append(problems, deploy.Problem{
			Field: "replica", Value: fmt.Sprint(c.Replica), Allowed: fmt.Sprintf("a number of which the %d bricks are a multiple", len(c.Bricks)),
		})
	}
	for i, brick := range c.Bricks {
		if !strings.Contains(brick, ":/") {
			problems = append(problems, deploy.Problem{Field: fmt.Sprintf("bricks[%d]", i), Value: brick, Allowed: "host:/path"})
		}
	}
	return problems
}

var actions = []deploy.ActionType{
	{Name: "puppet", Config: puppetConfig{}},
	{Name: "run", Config: runConfig{}, Produces: produced},
	{Name: "await", Config: awaitConfig{}},
	{Name: "gluster_pool", Config: poolConfig{}},
	{Name: "gluster_volume", Config: volumeConfig{}, Check: checkVolume},
	{Name: "gluster_verify", Config: verifyConfig{}},
	{Name: "any", Config: anyConfig{}},
}
