// Command bench measures Aiolos beside what people use today for the same work on
// the same machine: plain parallel ssh, which is the bound, Ansible and pyinfra.
//
// It starts a lab of its own, and removes all that it made, also after a failure.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	o, err := parse(args, os.Getenv)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "aiolos-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	tools, err := prepare(ctx, o.tools, work)
	if err != nil {
		return err
	}
	narrow, err := makeRoom()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, narrow()) }()
	l, err := startLab(ctx, work, o.base)
	if l != nil {
		defer func() { err = errors.Join(err, l.down(context.WithoutCancel(ctx))) }()
	}
	if err != nil {
		return err
	}
	samples, err := measureAll(ctx, o, l, tools)
	if o.out != "" {
		err = errors.Join(err, writeSamples(o.out, samples))
	}
	if len(samples) > 0 {
		fmt.Print(report(samples, machine()))
	}
	return err
}
