package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"

	"aiolos/deploy"
)

// pool is some machines that one tool makes a pool of.
type pool struct {
	name  string
	nodes []deploy.NodeStatus
	// old is how many of the nodes are in the volume already.
	old int
}

// on runs a shell script on a node by the engine, which is none of the tools' ways.
func (p pool) on(ctx context.Context, node int, script string, args ...string) error {
	args = append([]string{"exec", "-i", p.nodes[node].ID, "sh", "-s"}, args...)
	cmd := exec.CommandContext(ctx, "docker", args...) //nolint:gosec // our own node
	cmd.Stdin = strings.NewReader(script)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w", p.nodes[node].Hostname, failure(cmd, out, err))
	}
	return nil
}

// hangUp ends the connections to all nodes, so that every tool has to make its own.
func (p pool) hangUp(ctx context.Context) error {
	for i := range p.nodes {
		if err := p.on(ctx, i, "pkill -f '^sshd: root' || true"); err != nil {
			return err
		}
	}
	return nil
}
