package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ansible is the playbook bench/ansible/pool.yml.
type ansible struct {
	// pypi takes the newest from PyPI; otherwise it is Debian's.
	pypi bool
	// stock runs Puppet as it comes, as people do.
	stock           bool
	program, folder string
}

func (a *ansible) label() string {
	switch {
	case a.stock:
		return "Ansible, Debian's, Puppet as it comes"
	case a.pypi:
		return "Ansible, PyPI's"
	}
	return "Ansible, Debian's"
}

func (a *ansible) prepare(ctx context.Context, folder string) error {
	a.folder = folder
	if a.pypi {
		bin, err := virtualenv(ctx, "bench/ansible/requirements.txt")
		a.program = filepath.Join(bin, "ansible-playbook")
		return err
	}
	a.program = "/usr/bin/ansible-playbook"
	if _, err := os.Stat(a.program); errors.Is(err, os.ErrNotExist) {
		_, err := output(ctx, "scripts/engine", "packages", "what Aiolos is measured beside", "ansible-core")
		return err
	}
	return nil
}

func (*ansible) standing(*lab) []standing { return nil }

func (a *ansible) command(ctx context.Context, l *lab, p pool, _ deed) (*exec.Cmd, error) {
	if err := copyKey(l, a.folder); err != nil {
		return nil, err
	}
	inventory := filepath.Join(a.folder, "inventory.ini")
	if err := os.WriteFile(inventory, []byte(ansibleInventory(p, a.folder)), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, a.program, "-i", inventory, "-e", "content="+rand.Text(), "-e", fmt.Sprint("stock=", a.stock), "bench/ansible/pool.yml") //nolint:gosec // what was asked for
	cmd.Env = append(os.Environ(), "ANSIBLE_CONFIG=bench/ansible/ansible.cfg", "ANSIBLE_SSH_CONTROL_PATH_DIR="+filepath.Join(a.folder, "cp"), "ANSIBLE_LOCAL_TEMP="+filepath.Join(a.folder, "tmp"))
	return cmd, nil
}

func ansibleInventory(p pool, folder string) string {
	var b strings.Builder
	b.WriteString("[storage]\n")
	for _, node := range p.nodes {
		fmt.Fprintf(&b, "%s ansible_host=%s\n", node.Hostname, node.Address)
	}
	fmt.Fprintf(&b, "[storage:vars]\nansible_user=root\nansible_ssh_private_key_file=%s\npuppet_tar=%s\n", keyOf(folder), tarOf(folder))
	return b.String()
}
