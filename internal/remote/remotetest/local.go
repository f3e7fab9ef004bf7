// Package remotetest runs remote commands on this machine, for tests of what
// stands on remote.Runner.
package remotetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"aiolos/internal/remote"
)

// Local is a remote.Runner that runs each command in a shell of its own on this
// machine, as the current user. When the context ends, the command's process
// group is killed; what the command has detached goes on, as on a node.
type Local struct {
	// Shell is the program that runs the script; empty means sh.
	Shell string
	// Env is added to the environment of this process, as "NAME=value".
	Env []string
}

// Run implements remote.Runner.
func (l Local) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	shell := l.Shell
	if shell == "" {
		shell = "sh"
	}
	cmd := exec.CommandContext(ctx, shell, append([]string{"-c", c.Script, "sh"}, c.Args...)...)
	cmd.Env = append(os.Environ(), l.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	// A command that leaves something behind on its output must show in a test
	// as an error, not as a test that hangs.
	cmd.WaitDelay = 30 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.Stdin, &stdout, &stderr
	if c.Stdout != nil {
		cmd.Stdout = c.Stdout
	}
	err := cmd.Run()
	if ctx.Err() != nil {
		return remote.Result{}, ctx.Err()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return remote.Result{}, fmt.Errorf("run %s: %w", shell, err)
	}
	return remote.Result{Exit: cmd.ProcessState.ExitCode(), Stdout: stdout.Bytes(), Stderr: stderr.Bytes()}, nil
}
