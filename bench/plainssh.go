package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// plainSSH is a shell script, bench/ssh/deploy.
type plainSSH struct {
	// settings of Puppet: "ours", or "stock" for Puppet as it comes.
	settings string
	folder   string
}

func (s *plainSSH) label() string {
	if s.settings == "stock" {
		return "plain parallel ssh, Puppet as it comes"
	}
	return "plain parallel ssh (the bound)"
}

func (s *plainSSH) prepare(_ context.Context, folder string) error {
	s.folder = folder
	return nil
}

func (*plainSSH) standing(*lab) []standing { return nil }

func (s *plainSSH) command(ctx context.Context, l *lab, p pool, d deed) (*exec.Cmd, error) {
	if err := copyKey(l, s.folder); err != nil {
		return nil, err
	}
	args := []string{string(d), s.folder}
	for _, node := range p.nodes {
		args = append(args, node.Hostname+"="+node.Address)
	}
	cmd := exec.CommandContext(ctx, "bench/ssh/deploy", args...) //nolint:gosec // our own
	cmd.Env = append(os.Environ(), "SETTINGS="+s.settings, "OLD="+strconv.Itoa(p.old))
	return cmd, nil
}

// keyOf is where a tool finds the key that the nodes know.
func keyOf(folder string) string { return filepath.Join(folder, "key") }

func copyKey(l *lab, folder string) error {
	key, err := os.ReadFile(l.state.SSHKey())
	if err != nil {
		return err
	}
	return os.WriteFile(keyOf(folder), key, 0o600) //nolint:gosec // in a folder of our own
}
