package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// pyinfra is the deploy bench/pyinfra/pool.py.
type pyinfra struct{ program, folder string }

func (*pyinfra) label() string { return "pyinfra" }

func (y *pyinfra) prepare(ctx context.Context, folder string) error {
	bin, err := virtualenv(ctx, "bench/pyinfra/requirements.txt")
	y.program, y.folder = filepath.Join(bin, "pyinfra"), folder
	return err
}

func (*pyinfra) standing(*lab) []standing { return nil }

func (y *pyinfra) command(ctx context.Context, l *lab, p pool, _ deed) (*exec.Cmd, error) {
	if err := copyKey(l, y.folder); err != nil {
		return nil, err
	}
	inventory := filepath.Join(y.folder, "inventory.py")
	if err := os.WriteFile(inventory, []byte(pyinfraInventory(p, y.folder)), 0o600); err != nil {
		return nil, err
	}
	return exec.CommandContext(ctx, y.program, "-y", inventory, "bench/pyinfra/pool.py"), nil //nolint:gosec // what was asked for
}

func pyinfraInventory(p pool, folder string) string {
	var b strings.Builder
	b.WriteString("storage = (\n    [\n")
	for _, node := range p.nodes {
		fmt.Fprintf(&b, "        (%q, {\"ssh_hostname\": %q}),\n", node.Hostname, node.Address)
	}
	fmt.Fprintf(&b, "    ],\n    {\"ssh_user\": \"root\", \"ssh_key\": %q, \"ssh_strict_host_key_checking\": \"off\", \"puppet_tar\": %q, \"content\": %q},\n)\n",
		keyOf(folder), tarOf(folder), rand.Text())
	return b.String()
}
