package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/lab/state"
)

func upCommand() *cobra.Command {
	var o options
	var detach bool
	var report uint
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start the lab; what ran when it was last stopped or killed goes on",
		Long: "Starts Temporal with its UI, and a worker, on this machine's loopback, and makes the image and the network of the nodes.\n" +
			"What ran when the lab was last stopped or killed goes on. A lab that is up already is left as it is.\n" +
			"Without --detach it stays in the foreground until it is interrupted.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			dir, err := o.dir()
			if err != nil {
				return err
			}
			out, errOut := cmd.OutOrStdout(), cmd.ErrOrStderr()
			switch {
			case report > 0:
				return upFor(cmd.Context(), &o, dir, newReporter(os.NewFile(uintptr(report), "report")))
			case detach:
				return upDetached(cmd.Context(), &o, dir, out, errOut)
			default:
				return up(cmd.Context(), &o, dir, &terminal{out: out, err: errOut})
			}
		},
	}
	o.register(cmd.Flags())
	cmd.Flags().BoolVar(&detach, "detach", false, "return once the lab is healthy, and leave it running")
	cmd.Flags().UintVar(&report, reportFlag, 0, "")
	if err := cmd.Flags().MarkHidden(reportFlag); err != nil {
		panic(err)
	}
	return cmd
}

// listener is told how the lab comes up.
type listener interface {
	progress(line string)
	// ready is called once: when all is healthy, or was so already.
	ready(r state.Record, already bool)
}

// terminal tells a person.
type terminal struct{ out, err io.Writer }

func (t *terminal) progress(line string) { fmt.Fprintln(t.err, line) }

func (t *terminal) ready(r state.Record, already bool) {
	if already {
		fmt.Fprintf(t.out, "The lab %s is up already.\n", r.Name)
	} else {
		fmt.Fprintf(t.out, "The lab %s is up.\n", r.Name)
	}
	addresses(t.out, r)
	if r.PID == os.Getpid() {
		fmt.Fprintln(t.out, "Interrupt (Ctrl-C) stops it.")
	}
}

// addresses prints where everything is.
func addresses(out io.Writer, r state.Record) {
	fmt.Fprintf(out, "  Temporal UI     %s\n", r.UI)
	fmt.Fprintf(out, "  Temporal        %s (gRPC)  %s (HTTP)\n", r.Temporal, r.HTTP)
	fmt.Fprintf(out, "  worker          %s (health)\n", r.Health)
	if r.Gateway != "" {
		fmt.Fprintf(out, "  signal gateway  %s\n", r.Gateway)
	}
	if r.Provider == deploy.ProviderSimulation {
		fmt.Fprintln(out, "  machines        SIMULATED: there are none, and nothing is deployed anywhere")
	}
	if r.EC2 != "" {
		fmt.Fprintf(out, "  simulated EC2   %s (moto)\n", r.EC2)
	}
	if r.Codec != "" {
		fmt.Fprintf(out, "  codec server    %s\n", r.Codec)
		fmt.Fprintf(out, "  payload keys    %s (for aiolos: export AIOLOS_PAYLOAD_KEYS=file:%s)\n", r.PayloadKeys, r.PayloadKeys)
	}
	if r.Image != "" {
		fmt.Fprintf(out, "  node image      %s\n", r.Image)
	}
	fmt.Fprintf(out, "  state and logs  %s\n", r.State)
}

// up brings the lab up, and keeps it until ctx ends.
func up(ctx context.Context, o *options, dir state.Dir, to listener) (err error) {
	worker, err := workerPath()
	if err != nil {
		return err
	}
	if err := dir.Make(); err != nil {
		return err
	}
	lock, running, err := acquire(ctx, o.name, dir, to)
	if err != nil {
		return err
	}
	if lock == nil && o.encrypt && running.Codec == "" {
		return &usageError{fmt.Errorf("the lab %s is up and does not encrypt payloads; stop it (process %d), and start it again with --encrypt", o.name, running.PID)}
	}
	if lock == nil {
		if running.Provider != "" && running.Provider != o.provider {
			return &usageError{fmt.Errorf("the lab %s is up with the provider %s; take it down first, or give another --name and ports", o.name, running.Provider)}
		}
		to.ready(running, true)
		return nil
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	if err := checkName(o.name, dir); err != nil {
		return err
	}
	l := &lab{options: o, dir: dir, worker: worker, to: to}
	started, err := l.start(ctx)
	if err != nil {
		// An interrupt is no failure, and what it cut short need not be told.
		if ctx.Err() != nil {
			err = nil
		}
		return errors.Join(err, l.stop())
	}
	to.ready(started, false)
	<-ctx.Done()
	return l.stop()
}

// acquire takes the lab's lock. If a lab is up already it returns no lock but
// the lab's record; one that is being started, or is just dying, is waited for.
func acquire(ctx context.Context, name string, dir state.Dir, to listener) (*state.Lock, state.Record, error) {
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	var waitsFor int
	var since time.Time
	for {
		lock, err := dir.Acquire()
		var held *state.HeldError
		if !errors.As(err, &held) {
			return lock, state.Record{}, err
		}
		if err := checkName(name, dir); err != nil {
			return nil, state.Record{}, err
		}
		record, ok, err := dir.ReadRecord()
		if err != nil {
			return nil, state.Record{}, err
		}
		ready := ok && record.Ready && record.PID == held.PID
		if ready && healthy(ctx, record) == nil {
			// A lab that was just killed may have answered with its last breath.
			if holder, err := dir.Holder(); err != nil || holder == held.PID {
				return nil, record, err
			}
			continue
		}
		if waitsFor != held.PID {
			waitsFor, since = held.PID, time.Now()
			to.progress(fmt.Sprintf("Waiting for process %d, which runs the lab %s but is not ready …", held.PID, name))
		}
		if ready && time.Since(since) > readyPatience {
			return nil, state.Record{}, fmt.Errorf("the lab %s runs as process %d, but its worker does not get ready; see %s", name, held.PID, dir.WorkerLog())
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, state.Record{}, ctx.Err()
		}
	}
}

// checkName makes sure that the state is that of the lab that is meant.
func checkName(name string, dir state.Dir) error {
	record, ok, err := dir.ReadRecord()
	if err != nil || !ok || record.Name == name {
		return err
	}
	return &usageError{fmt.Errorf("%s holds the state of the lab %s; give --name %s, or another --state", dir, record.Name, record.Name)}
}
