package deploy

import (
	"crypto/sha256"
	"encoding/hex"
)

// Blueprint says what to deploy: parameters, groups, steps and outputs. Plan
// makes a plan of it.
type Blueprint struct {
	Name        string
	Description string
	// Parameters stand in the order of the blueprint.
	Parameters []Parameter
	// Digest is the SHA-256 of the blueprint's text, in hex.
	Digest string

	groups  []groupSpec
	steps   []stepSpec
	outputs []outputSpec
	actions []ActionType
	params  *scope
	// nodes is the scope of expressions that choose nodes.
	nodes *scope
}

// groupSpec is a group as the blueprint has it; expressions may refer to parameters.
type groupSpec struct {
	name    string
	at      position
	count   setting
	profile setting
	image   *setting
	disks   []diskSpec
	// hasDisks says that the blueprint tells which disks there are, be it none.
	hasDisks bool
	// facts are the names of facter facts that are collected.
	facts  []string
	labels []labelSpec
	zones  *setting
}

type labelSpec struct {
	name  string
	value setting
}

type diskSpec struct{ device, size setting }

// setting is a value of the blueprint that may hold expressions.
type setting struct {
	at    position
	field string
	value any
}

// stepSpec is a step as the blueprint has it.
type stepSpec struct {
	name string
	at   position
	// on are the places that it runs on: groups, nodes, or what an expression chooses.
	on   []placeSpec
	onAt position
	// onText is how the blueprint writes it.
	onText string
	needs  []needSpec
	// when is a literal true or false, or a text with an expression; nil means always.
	when     *setting
	parallel *setting
	timeout  int
	retry    *Retry
	action   string
	config   map[string]any
	// places tells where each field of the configuration stands.
	places map[string]position
	// refers are the facts that its expressions refer to; produces those that
	// it is known to make.
	refers   []reference
	produces []string
}

// placeSpec is where a step runs: an expression that chooses nodes, or a group.
type placeSpec struct {
	at    position
	field string
	group string
	// index is which node of the group; wholeGroup means all.
	index  int
	choose string
}

const wholeGroup = -1

type needSpec struct {
	at    position
	field string
	step  string
	// of is empty where the blueprint does not say it.
	of string
	// number is how many nodes, where of is neither own, all nor any.
	number *setting
}

type outputSpec struct {
	name  string
	at    position
	value string
}

// action returns the type of that name.
func (b *Blueprint) action(name string) ActionType {
	for _, a := range b.actions {
		if a.Name == name {
			return a
		}
	}
	return ActionType{}
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
