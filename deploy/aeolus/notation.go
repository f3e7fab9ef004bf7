package aeolus

import "aiolos/deploy"

// ReadBlueprint reads a blueprint in either notation: a deployable is
// translated first. The error is an *deploy.InvalidError; for a deployable, it
// tells of the deployable's own text.
func ReadBlueprint(name string, text []byte, actions []deploy.ActionType) (*deploy.Blueprint, error) {
	if Is(text) {
		translated, err := Translate(text)
		if err != nil {
			return nil, err
		}
		text = translated
	}
	return deploy.ReadBlueprint(name, text, actions)
}
