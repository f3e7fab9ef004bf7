package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"aiolos/codec"
	"aiolos/internal/config"
	"aiolos/internal/gateway"
	"aiolos/internal/secretref"
	"aiolos/internal/telemetry"
	"aiolos/internal/trust"
	"aiolos/workflows"
)

// run wires the worker and keeps it until ctx ends.
func run(ctx context.Context, path string) error {
	cfg, err := config.Read(path)
	if err != nil {
		return err
	}
	log := telemetry.NewLog(os.Stderr, cfg.Log.Format, cfg.Log.Level)
	see, err := letSee(ctx, log)
	if err != nil {
		return err
	}
	defer see.close() //nolint:contextcheck // what is not sent yet outlives ctx
	references := &secretref.Resolver{}
	secrets, err := readSecrets(ctx, cfg, references)
	if err != nil {
		return err
	}
	open, err := openPayloads(ctx, cfg.Payloads, references)
	if err != nil {
		return err
	}
	temporal, namespace, err := connect(log, see, open.Converters)
	if err != nil {
		return err
	}
	defer temporal.Close()

	share, err := shareCalls(ctx, &cfg, temporal, log)
	if err != nil {
		return err
	}
	defer share.Close()
	deeds, closeDeeds, err := wire(ctx, cfg, secrets, temporal, namespace, see, open.Converters)
	if err != nil {
		return err
	}
	defer closeDeeds()
	told, err := newNotifications(ctx, cfg, temporal, see.metrics.Deliveries)
	if err != nil {
		return err
	}
	if told != nil {
		deeds.Notifications = told
		defer told.Close()
	}

	// What serves others stops before what it stands on, in reverse order.
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	waitGateway, err := serveGateway(serving, cfg, secrets, temporal, see, log)
	if err != nil {
		return err
	}
	waitCodec, err := serveCodec(serving, cfg.CodecServer, open.keys, references, log)
	if err != nil {
		return err
	}
	eager := atOnce
	w := worker.New(temporal, cfg.TaskQueue, worker.Options{
		MaxConcurrentWorkflowTaskPollers:            pollers,
		MaxConcurrentActivityTaskPollers:            pollers,
		WorkerStopTimeout:                           stopTimeout,
		MaxHeartbeatThrottleInterval:                heartbeatThrottle,
		MaxEagerActivityReservationsPerWorkflowTask: &eager,
	})
	if err := register(w, deeds); err != nil {
		return err
	}
	if err := w.Start(); err != nil {
		return fmt.Errorf("start the worker: %w", err)
	}
	see.metrics.CountDeployments(countDeployments(temporal), log)
	waitHealth, err := serveHealth(serving, cfg.Health.Listen, temporal, see.metrics)
	if err != nil {
		w.Stop()
		return err
	}
	endProfile, err := profile()
	if err != nil {
		w.Stop()
		return err
	}
	log.Info("The worker is ready", "task_queue", cfg.TaskQueue, "gateway", cfg.Gateway.URL, "health", cfg.Health.Listen)
	<-ctx.Done()
	log.Info("The worker stops; running jobs go on and are found again")
	w.Stop()
	stop()
	return errors.Join(endProfile(), waitGateway(), waitCodec(), waitHealth())
}

// connect reaches the Temporal server that the environment names, and tells the namespace.
func connect(log *slog.Logger, see seen, converters codec.Converters) (c client.Client, namespace string, err error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return nil, "", fmt.Errorf("settings of the Temporal client in the environment: %w", err)
	}
	options.Logger = sdklog.NewStructuredLogger(log)
	converters.Use(&options)
	if err := see.observe(&options); err != nil {
		return nil, "", err
	}
	c, err = client.Dial(options)
	if err != nil {
		return nil, "", fmt.Errorf("no Temporal server at %s: %w", options.HostPort, err)
	}
	return c, cmp.Or(options.Namespace, client.DefaultNamespace), nil
}

// serveGateway takes the signals of nodes and hands them to their deployment.
func serveGateway(ctx context.Context, cfg config.Config, secrets trust.Secrets, temporal client.Client, see seen, log *slog.Logger) (func() error, error) {
	sink := func(ctx context.Context, s gateway.Signal) error {
		message := workflows.NodeMessage{Node: s.Node, Name: s.Name, Value: s.Value}
		var gone *serviceerror.NotFound
		// Where the deployment is one of slices, the node's is who waits for it: ten
		// thousand nodes that all signal one workflow are more than it may take.
		if slice, ok := workflows.SliceID(s.Deployment, s.Node); ok {
			if err := temporal.SignalWorkflow(ctx, slice, "", workflows.NodeSignal, message); !errors.As(err, &gone) {
				return err
			}
		}
		err := temporal.SignalWorkflow(ctx, s.Deployment, "", workflows.NodeSignal, message)
		if errors.As(err, &gone) {
			return gateway.ErrNotRunning
		}
		return err
	}
	handler := see.metrics.Signals.Handler(gateway.Path, gateway.New(secrets.VerifyToken, sink, log))
	_, wait, err := gateway.Serve(ctx, cfg.Gateway.Listen, handler)
	if err != nil {
		return nil, fmt.Errorf("the signal gateway: %w", err)
	}
	return wait, nil
}
