// Package facter asks nodes for facter's facts: those that it ships, custom and
// external ones, by names of old (ipaddress) and of today (networking.ip).
package facter

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"aiolos/internal/remote"
)

//go:embed collect.sh
var collectScript string

const (
	// MaxBytes bounds what the facts of one node may amount to, as JSON: they
	// stand in the history.
	MaxBytes = 64 << 10
	// maxOutput bounds what is read of facter's output, in bytes: it shows whole
	// structures, and custom facts may print beside it.
	maxOutput = 512 << 10
	// maxSeconds bounds one run of facter.
	maxSeconds = 60
)

// Collect asks a node for facts by name, in one command, and returns those that
// have a value now. A fact without a value, or with an empty one, is left out,
// since it may get one: a step may install facter, or drop a custom fact.
//
// A dotted name (os.family) is found within its first part, as in {"os":
// {"family": "Debian"}}, and the first part is left out as long as any of the
// names that it was asked for has no value. Values are those of JSON.
//
// Where facter is not installed, the node's shell answers for hostname (the short
// name) and ipaddress (the first one outside 127/8).
//
// Errors are *NameError, *SizeError, *OutputError if facter is there but does not
// work, and those of the runner, wrapped.
func Collect(ctx context.Context, r remote.Runner, names []string) (map[string]any, error) {
	facts, _, err := collect(ctx, r, names)
	return facts, err
}

// collect returns which names had no value, too.
func collect(ctx context.Context, r remote.Runner, names []string) (map[string]any, []string, error) {
	for _, name := range names {
		if err := checkName(name); err != nil {
			return nil, nil, err
		}
	}
	if len(names) == 0 {
		return map[string]any{}, nil, nil
	}
	if len(names) > maxNames {
		return nil, nil, &NameError{Problem: fmt.Sprintf("%d names", len(names)), Allowed: fmt.Sprintf("at most %d", maxNames)}
	}
	args := []string{strconv.Itoa(maxSeconds), strconv.Itoa(maxOutput + 1)}
	done, err := r.Run(ctx, remote.Command{Script: collectScript, Args: append(args, queries(names)...)})
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case err != nil:
		return nil, nil, fmt.Errorf("ask facter: %w", err)
	case done.Exit != 0:
		return nil, nil, &OutputError{Exit: done.Exit, Stderr: done.Stderr}
	}
	known, broken := parse(done.Stdout)
	if broken != nil {
		broken.Stderr = done.Stderr
		return nil, nil, broken
	}
	facts, lacking := pick(names, known)
	if size := encodedSize(facts); size > MaxBytes {
		return nil, nil, &SizeError{Size: size, Largest: largest(facts)}
	}
	return facts, lacking, nil
}

// queries are what facter is asked for. It keeps the names of custom and external
// facts in lower case, whatever they were added as.
func queries(names []string) []string {
	var asked []string
	for _, name := range names {
		asked = append(asked, name, strings.ToLower(name))
	}
	slices.Sort(asked)
	return slices.Compact(asked)
}
