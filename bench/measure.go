package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// standing is a process that works for a tool beyond a single command.
type standing struct {
	name string
	pid  int
}

// measure runs a command. What it starts counts with it, also what it leaves
// behind, such as ssh's kept connections, which is ended with it.
func measure(ctx context.Context, name string, cmd *exec.Cmd, others []standing) (time.Duration, []part, error) {
	// What a command leaves behind becomes a child of this process.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return 0, nil, err
	}
	defer func() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) }()
	before, err := childrenSpent()
	if err != nil {
		return 0, nil, err
	}
	parts := []part{{Name: name}}
	for _, o := range others {
		cpu, err := spent(o.pid)
		if err != nil {
			return 0, nil, err
		}
		parts = append(parts, part{Name: o.name, CPU: -cpu})
	}
	watched := watch(others)
	began := time.Now()
	failed := cmd.Run()
	wall := time.Since(began)
	peaks, err := watched.stop()
	if err = errors.Join(err, reap(ctx)); err != nil {
		return 0, nil, err
	}
	after, err := childrenSpent()
	if err != nil {
		return 0, nil, err
	}
	parts[0].CPU = after - before
	for i := range parts {
		parts[i].Memory = peaks[i]
	}
	for i, o := range others {
		cpu, err := spent(o.pid)
		if err != nil {
			return 0, nil, err
		}
		parts[i+1].CPU += cpu
	}
	return wall, parts, failed
}

// childrenSpent is the processor time of all children that were waited for.
func childrenSpent() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &usage); err != nil {
		return 0, err
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}

// reap ends the children that there are, and waits for them.
func reap(ctx context.Context) error {
	for {
		all, err := processes()
		if err != nil {
			return err
		}
		left := 0
		for _, p := range all {
			if p.parent != os.Getpid() {
				continue
			}
			left++
			_ = syscall.Kill(p.pid, syscall.SIGTERM)
			// Its own children come to this process then, so look again.
			if _, err := syscall.Wait4(p.pid, nil, 0, nil); err != nil && !errors.Is(err, syscall.EINTR) {
				return fmt.Errorf("wait for process %d: %w", p.pid, err)
			}
		}
		if left == 0 || ctx.Err() != nil {
			return ctx.Err()
		}
	}
}
