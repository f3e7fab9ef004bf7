// Package puppet holds the built-in Puppet modules: the Puppet code that a
// blueprint names by "module".
package puppet

import (
	"embed"
	"io/fs"
	"sort"
)

// all: takes in every file; without it, names that begin with . or _ would be
// left out silently.
//
//go:embed all:glusterfs
var modules embed.FS

// Module returns the files of the built-in module of that name. Its class of the
// same name is what a step applies.
func Module(name string) (fs.FS, bool) {
	for _, known := range Modules() {
		if known == name {
			sub, err := fs.Sub(modules, name)
			return sub, err == nil
		}
	}
	return nil, false
}

// Modules returns the names of all built-in modules, sorted.
func Modules() []string {
	entries, err := modules.ReadDir(".")
	if err != nil {
		return nil // an embedded file system has its root
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	sort.Strings(names)
	return names
}
