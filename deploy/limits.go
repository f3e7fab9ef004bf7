package deploy

import (
	"regexp"
	"slices"
	"strings"
)

// Bounds of what a blueprint says, for those who describe the language.
const (
	MaxCount    = maxCount     // nodes of a group
	MaxNodes    = maxPlanNodes // nodes of a deployment
	MaxDisks    = maxDisks     // data disks of a node
	MaxSizeGB   = maxSizeGB    // of a disk
	MaxFacts    = maxFacts     // facter facts that are collected on a node
	MaxLabels   = maxLabels    // labels of a node
	MaxZones    = maxZones     // zones that a group is spread over
	MaxNeeds    = maxNeeds     // steps that one step needs
	MaxAttempts = maxAttempts  // of a step on a node
)

// NamePattern is a regular expression in the notation that RE2, ECMAScript and
// so JSON Schema share, with what it says in words.
type NamePattern struct {
	Pattern string
	Allowed string
	// Reserved are names that match the pattern and are taken nevertheless.
	Reserved []string
}

// Patterns are those of the names in blueprints and requests.
func Patterns() map[string]NamePattern {
	words := slices.Sorted(slices.Values(slices.Concat(celReserved, expressionWords)))
	return map[string]NamePattern{
		"blueprint":     {portable(blueprintName), blueprintNameAllowed, nil},
		"provider":      {portable(providerName), providerNameAllowed, nil},
		"group":         {portable(groupName), groupNameAllowed, words},
		"step":          {portable(stepName), stepNameAllowed, []string{StepConnect, StepFacts, StepLaunch}},
		"parameter":     {portable(parameterName), parameterNameAllowed, slices.Sorted(slices.Values(celReserved))},
		"output":        {portable(outputName), outputNameAllowed, nil},
		"fact":          {portable(factName), factNameAllowed, nil},
		"image":         {portable(imageName), imageNameAllowed, nil},
		"label":         {portable(labelName), labelNameAllowed, nil},
		"label value":   {portable(labelValue), labelValueAllowed, nil},
		"profile":       {portable(profileName), profileNameAllowed, nil},
		"device":        {portable(deviceName), deviceNameAllowed, nil},
		"where it runs": {portable(onPattern), onAllowed, nil},
	}
}

// ParameterTypes lists the types of parameters.
func ParameterTypes() []ParameterType { return slices.Clone(parameterTypes) }

// portable writes the ends of a text as other notations do.
func portable(pattern *regexp.Regexp) string {
	return strings.NewReplacer(`\A`, "^", `\z`, "$").Replace(pattern.String())
}
