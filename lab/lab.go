package main

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sync/errgroup"

	"aiolos/lab/child"
	"aiolos/lab/server"
	"aiolos/lab/state"
	"aiolos/workflows"
)

// lab is what runs in this process.
type lab struct {
	options *options
	dir     state.Dir
	// worker is the path of the worker's binary.
	worker string
	to     listener

	amazon   *amazon
	fleet    *child.Child
	temporal *server.Server
	child    *child.Child
	record   state.Record
}

// start starts everything. What it started before it failed is for stop.
func (l *lab) start(ctx context.Context) (state.Record, error) {
	if err := l.preparePayloads(); err != nil {
		return state.Record{}, err
	}
	l.record = l.options.record(l.dir)
	l.record.PID = os.Getpid()
	if err := errors.Join(l.dir.WritePID(), l.dir.WriteRecord(l.record)); err != nil {
		return state.Record{}, err
	}
	for _, p := range l.options.loopback() {
		if err := checkFree(ctx, server.Host, p); err != nil {
			return state.Record{}, err
		}
	}
	if err := prepareSecret(l.dir); err != nil {
		return state.Record{}, err
	}
	// The image may take minutes, so the server starts beside it.
	var m machines
	both, inBoth := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		l.temporal, err = server.Start(inBoth, server.Options{
			Database: l.dir.Database(), Log: l.dir.TemporalLog(),
			GRPCPort: l.options.temporal, HTTPPort: l.options.http, UIPort: l.options.ui, Codec: l.record.Codec,
			SearchAttributes: workflows.SearchAttributes(),
		})
		return err
	})
	both.Go(func() (err error) {
		if l.options.simulate {
			m = onLoopback()
			if err := checkFree(inBoth, server.Host, l.options.gatewayPort()); err != nil {
				return err
			}
			l.fleet, err = startFleet(inBoth, l.options, l.dir, l.to.progress)
			return err
		}
		m, err = prepareMachines(inBoth, l.options, l.to.progress)
		return err
	})
	if err := both.Wait(); err != nil {
		return state.Record{}, err
	}
	cfg := workerConfig(l.options, l.dir, m)
	var err error
	if l.options.provider == onEC2 {
		if l.amazon, err = startAmazon(ctx, l.options, l.dir, m, l.to.progress); err != nil {
			return state.Record{}, err
		}
		cfg, l.record.EC2 = withAmazon(cfg, l.options.name, l.amazon), l.amazon.url
	}
	if l.options.simulate {
		cfg = withSimulation(cfg, l.options)
	}
	if err := cfg.Write(l.dir.WorkerConfig()); err != nil {
		return state.Record{}, err
	}
	if l.child, err = startWorker(ctx, l.worker, l.dir, l.record, l.to.progress); err != nil {
		return state.Record{}, err
	}
	l.record.Gateway, l.record.Image, l.record.Ready = cfg.Gateway.URL, m.image, true
	return l.record, l.dir.WriteRecord(l.record)
}

// stop stops everything, in reverse order. Nodes go on: they are machines.
func (l *lab) stop() error {
	if l.child != nil {
		l.child.Stop()
	}
	if l.fleet != nil {
		l.fleet.Stop()
	}
	var err error
	if l.amazon != nil {
		err = l.amazon.close()
	}
	if l.temporal != nil {
		err = errors.Join(err, l.temporal.Stop())
	}
	l.record.Ready = false
	return errors.Join(err, l.dir.WriteRecord(l.record))
}
