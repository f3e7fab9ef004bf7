package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"aiolos/deploy"
	"aiolos/lab/state"
)

// labName is also part of the containers' names.
const labName = "bench"

// lab is a lab of the benchmark's own.
type lab struct {
	state  state.Dir
	record state.Record
	worker int
	// engine is the Docker engine that was started for it, if it was.
	engine *os.Process
}

// startLab brings a lab up. What it returns is to be taken down, also along with an error.
func startLab(ctx context.Context, work string, base int) (*lab, error) {
	l := &lab{state: state.Dir(filepath.Join(work, "lab"))}
	started, err := output(ctx, "scripts/engine")
	if err != nil {
		return l, err
	}
	if pid, err := strconv.Atoi(strings.TrimSpace(string(started))); err == nil {
		if l.engine, err = os.FindProcess(pid); err != nil {
			return l, err
		}
	}
	args := []string{"up", "--detach", "--name", labName, "--state", string(l.state)}
	for i, flag := range []string{"--temporal-port", "--http-port", "--ui-port", "--gateway-port", "--health-port"} {
		args = append(args, flag, strconv.Itoa(base+i))
	}
	if _, err := output(ctx, "bin/aiolos-lab", args...); err != nil {
		return l, err
	}
	var ok bool
	if l.record, ok, err = l.state.ReadRecord(); err != nil || !ok {
		return l, errors.Join(err, errors.New("the lab left no record"))
	}
	all, err := processes()
	if err != nil {
		return l, err
	}
	children := below(all, l.record.PID)
	if len(children) != 1 {
		return l, fmt.Errorf("the lab has %d processes below it, where one was thought to be the worker", len(children))
	}
	l.worker = children[0]
	return l, nil
}

// down removes all that the lab made.
func (l *lab) down(ctx context.Context) error {
	_, err := output(ctx, "bin/aiolos-lab", "down", "--name", labName, "--state", string(l.state))
	if l.engine != nil {
		err = errors.Join(err, l.engine.Signal(os.Interrupt))
	}
	return err
}

// machines makes nodes on which nothing is done yet, or more of them.
func (l *lab) machines(ctx context.Context, name string, nodes int) (pool, error) {
	cmd := l.aiolos(ctx, "deploy", name, "nodes", "--json", "-p", "nodes="+strconv.Itoa(nodes))
	out, err := cmd.Output()
	if err != nil {
		return pool{}, failure(cmd, nil, err)
	}
	var outcome deploy.Outcome
	if err := json.Unmarshal(out, &outcome); err != nil {
		return pool{}, err
	}
	return pool{name: name, nodes: outcome.Nodes}, nil
}

// remove destroys a pool with its machines.
func (l *lab) remove(ctx context.Context, name string) error {
	cmd := l.aiolos(ctx, "destroy", name, "--confirm", name)
	out, err := cmd.CombinedOutput()
	return failure(cmd, out, err)
}

func (l *lab) aiolos(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "bin/aiolos", args...) //nolint:gosec // our own
	cmd.Env = append(os.Environ(), "TEMPORAL_ADDRESS="+l.record.Temporal)
	return cmd
}

// output runs a command and returns what it prints; its errors hold what it said.
func output(ctx context.Context, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // what the benchmark is made of
	out, err := cmd.Output()
	return out, failure(cmd, nil, err)
}

// failure adds a command's last words to its error.
func failure(cmd *exec.Cmd, said []byte, err error) error {
	if err == nil {
		return nil
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		said = append(said, exit.Stderr...)
	}
	return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, said[max(0, len(said)-4000):])
}
