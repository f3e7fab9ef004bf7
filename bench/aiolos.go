package main

import (
	"context"
	"os/exec"
	"strconv"
)

// aiolos is ourselves: the command line, the worker, and the lab's Temporal server.
type aiolos struct{}

func (*aiolos) label() string { return "**Aiolos**" }

func (*aiolos) prepare(context.Context, string) error { return nil }

func (*aiolos) standing(l *lab) []standing {
	return []standing{{"worker", l.worker}, {"server", l.record.PID}}
}

// command is the same whatever there is. A rebalance is left to be done by none of the tools.
func (*aiolos) command(ctx context.Context, l *lab, p pool, _ deed) (*exec.Cmd, error) {
	return l.aiolos(ctx, "deploy", p.name, "glusterfs", "-p", "nodes="+strconv.Itoa(len(p.nodes)), "-p", "rebalance=none"), nil
}
