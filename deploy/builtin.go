package deploy

import (
	"embed"
	"slices"
	"strings"
)

//go:embed blueprints/*.yaml
var builtins embed.FS

// Builtin returns the text of a built-in blueprint.
func Builtin(name string) (text []byte, ok bool) {
	if !blueprintName.MatchString(name) {
		return nil, false
	}
	text, err := builtins.ReadFile("blueprints/" + name + ".yaml")
	return text, err == nil
}

// BuiltinNames lists the built-in blueprints in alphabetical order.
func BuiltinNames() []string {
	// The directory is part of the program: reading it cannot fail.
	entries, _ := builtins.ReadDir("blueprints")
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), ".yaml")
	}
	slices.Sort(names)
	return names
}
