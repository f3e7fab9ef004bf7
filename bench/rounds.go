package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// rounds goes through all that is asked for.
type rounds struct {
	lab     *lab
	tools   []named
	samples []sample
}

// measureAll returns what was measured, also along with an error.
func measureAll(ctx context.Context, o options, l *lab, tools []named) ([]sample, error) {
	r := &rounds{lab: l, tools: tools}
	for round := range o.rounds {
		// Nobody is always the first.
		r.tools = append(slices.Clone(tools[round%len(tools):]), tools[:round%len(tools)]...)
		for i, nodes := range o.sizes {
			target := 0
			if i == 0 {
				target = o.grow
			}
			if err := r.size(ctx, round+1, nodes, target); err != nil {
				return r.samples, err
			}
		}
	}
	return r.samples, nil
}

// size measures every tool at one number of nodes. Each deed is done by all tools
// in turn, so that they are compared within the same minute.
func (r *rounds) size(ctx context.Context, round, nodes, target int) (err error) {
	pools := map[string]pool{}
	name := func(tool string) string { return fmt.Sprintf("%s-%d-%d", tool, nodes, round) }
	defer func() {
		// After a failure all goes with the lab.
		for tool := range pools {
			if err == nil {
				err = r.lab.remove(ctx, name(tool))
			}
		}
	}()
	if err := r.machines(ctx, pools, name, nodes); err != nil {
		return err
	}
	for _, d := range []deed{fresh, again} {
		if err := r.turn(ctx, round, nodes, pools, d); err != nil {
			return err
		}
	}
	if target == 0 {
		return nil
	}
	if err := r.machines(ctx, pools, name, target); err != nil {
		return err
	}
	return r.turn(ctx, round, target, pools, grow)
}

// machines makes, for every tool, as many machines as there shall be.
func (r *rounds) machines(ctx context.Context, pools map[string]pool, name func(string) string, nodes int) error {
	for _, t := range r.tools {
		made, err := r.lab.machines(ctx, name(t.name), nodes)
		if err != nil {
			return err
		}
		made.old = len(pools[t.name].nodes)
		pools[t.name] = made
	}
	return nil
}

// turn has every tool do the deed, and looks at what it has done.
func (r *rounds) turn(ctx context.Context, round, nodes int, pools map[string]pool, d deed) error {
	for _, t := range r.tools {
		p := pools[t.name]
		cmd, err := t.tool.command(ctx, r.lab, p, d)
		if err != nil {
			return err
		}
		if err := errors.Join(p.hangUp(ctx), quiet(ctx)); err != nil {
			return err
		}
		log, err := os.CreateTemp("", "aiolos-bench-*.log")
		if err != nil {
			return err
		}
		cmd.Stdout, cmd.Stderr = log, log
		began := time.Now()
		wall, parts, err := measure(ctx, t.name, cmd, t.tool.standing(r.lab))
		said, readErr := os.ReadFile(log.Name())
		if err = errors.Join(failure(cmd, said, err), readErr, log.Close(), os.Remove(log.Name())); err != nil {
			return err
		}
		if err := check(ctx, p, began); err != nil {
			return err
		}
		s := sample{Tool: t.name, Deed: d, Nodes: nodes, Round: round, Wall: wall, Parts: parts}
		r.samples = append(r.samples, s)
		fmt.Fprintf(os.Stderr, "round %d: %-14s %-5s %d nodes: %6.2f s, %5.2f s of CPU, %4d MB\n", round, t.name, d, nodes, wall.Seconds(), s.cpu().Seconds(), s.memory()/1e6)
	}
	return nil
}
