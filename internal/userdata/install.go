package userdata

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"aiolos/deploy"
	"aiolos/internal/job"
	"aiolos/internal/remote"
)

//go:embed install.sh
var installScript string

//go:embed remove.sh
var removeScript string

// MachineError says that a machine could not be told, or made to forget.
type MachineError struct {
	// Op is "install" or "remove".
	Op   string
	Node string
	Exit int
	Said string
}

func (e *MachineError) Error() string {
	return fmt.Sprintf("%s what %s signals with: exit code %d: %s", e.Op, e.Node, e.Exit, strings.TrimSpace(e.Said))
}

// Kind says that a machine is not there as a node yet.
func (e *MachineError) Kind() deploy.Kind { return deploy.KindLaunch }

// Install puts the means to signal on a machine that exists already, and nothing
// else: its host name, its host key and who may log in are its owner's. It may be
// repeated. Errors are *deploy.InvalidError, *MachineError, and the runner's.
func (d Data) Install(ctx context.Context, runner remote.Runner) error {
	if err := d.checkSignals(); err != nil {
		return err
	}
	conf := d.conf()
	return run(ctx, runner, "install", d.Node, remote.Command{
		Script: installScript, Args: []string{ConfPath, SignalPath, strconv.Itoa(len(conf))},
		Stdin: strings.NewReader(conf + signalScript),
	})
}

// Remove takes away what Install put there and what jobs have left, if the machine
// still is that node. It may be repeated. Errors are *MachineError and the runner's.
func Remove(ctx context.Context, runner remote.Runner, deployment, node string) error {
	return run(ctx, runner, "remove", node, remote.Command{
		Script: removeScript, Args: []string{ConfPath, SignalPath, string(job.Root), deployment, node},
	})
}

func run(ctx context.Context, runner remote.Runner, op, node string, c remote.Command) error {
	result, err := runner.Run(ctx, c)
	if err != nil {
		return err
	}
	if result.Exit != 0 {
		return &MachineError{Op: op, Node: node, Exit: result.Exit, Said: string(result.Stderr)}
	}
	return nil
}
