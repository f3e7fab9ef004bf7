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
}

// groupSpec is a group as the blueprint has it; expressions may refer to parameters.
type groupSpec struct {
	name    string
	count   setting
	profile setting
	disks   []diskSpec
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
	name  string
	at    position
	group string
	// index is which node of the group it runs on; wholeGroup means all.
	index   int
	onAt    position
	needs   []needSpec
	timeout int
	action  string
	config  map[string]any
	// places tells where each field of the configuration stands.
	places map[string]position
}

const wholeGroup = -1

type needSpec struct {
	at    position
	field string
	step  string
	// of is empty where the blueprint does not say it.
	of string
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
