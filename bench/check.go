package main

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"time"
)

//go:embed check.sh
var checkScript string

// check makes sure that all tools come to the same: Puppet has run on every node
// since the time, and left there what the module says; all nodes are connected
// peers; and the volume is started with every brick online.
func check(ctx context.Context, p pool, since time.Time) error {
	args := []string{strconv.FormatInt(since.Unix(), 10)}
	for _, node := range p.nodes {
		args = append(args, node.Hostname)
	}
	for i := range p.nodes {
		if err := p.on(ctx, i, checkScript, args...); err != nil {
			return fmt.Errorf("%s is not what it was to become: %w", p.name, err)
		}
	}
	return nil
}
