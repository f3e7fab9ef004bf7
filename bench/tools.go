package main

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
)

// tool makes a pool of machines.
type tool interface {
	// prepare makes ready whatever is not part of the work: it is called once, and
	// told a folder of its own.
	prepare(ctx context.Context, folder string) error
	// command does the deed.
	command(ctx context.Context, l *lab, p pool, d deed) (*exec.Cmd, error)
	// standing are the processes that work for it beyond its commands.
	standing(l *lab) []standing
	label() string
}

// bound is the tool that all others are compared with.
const bound = "ssh"

// usual are the tools that are measured unless others are named.
var usual = []string{"aiolos", bound, "ansible-debian", "ansible-pypi", "pyinfra", "ansible-stock"}

// all returns every tool, in the order of the table.
func all() []named {
	return []named{
		{bound, &plainSSH{settings: "ours"}},
		{"aiolos", &aiolos{}},
		{"ansible-debian", &ansible{}},
		{"ansible-pypi", &ansible{pypi: true}},
		{"pyinfra", &pyinfra{}},
		{"ssh-stock", &plainSSH{settings: "stock"}},
		{"ansible-stock", &ansible{stock: true}},
	}
}

type named struct {
	name string
	tool tool
}

func known() []string {
	var names []string
	for _, t := range all() {
		names = append(names, t.name)
	}
	return names
}

func label(name string) string {
	for _, t := range all() {
		if t.name == name {
			return t.tool.label()
		}
	}
	return name
}

// prepare makes the named tools ready.
func prepare(ctx context.Context, names []string, work string) ([]named, error) {
	var tools []named
	for _, t := range all() {
		if !slices.Contains(names, t.name) {
			continue
		}
		folder, err := toolFolder(work, t.name)
		if err == nil {
			err = t.tool.prepare(ctx, folder)
		}
		if err != nil {
			return nil, fmt.Errorf("make %s ready: %w", t.name, err)
		}
		tools = append(tools, t)
	}
	return tools, nil
}
