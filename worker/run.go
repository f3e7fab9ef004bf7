package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/codec"
	"aiolos/internal/config"
	"aiolos/internal/gateway"
	"aiolos/internal/secretref"
	"aiolos/internal/trust"
	"aiolos/workflows"
)

// run wires the worker and keeps it until ctx ends.
func run(ctx context.Context, path string, log *slog.Logger) error {
	cfg, err := config.Read(path)
	if err != nil {
		return err
	}
	references := &secretref.Resolver{}
	secrets, err := readSecrets(ctx, cfg, references)
	if err != nil {
		return err
	}
	open, err := openPayloads(ctx, cfg.Payloads, references)
	if err != nil {
		return err
	}
	temporal, err := connect(log, open.Converters)
	if err != nil {
		return err
	}
	defer temporal.Close()

	deeds, closeDeeds, err := wire(ctx, cfg, secrets, temporal, open.Converters)
	if err != nil {
		return err
	}
	defer closeDeeds()

	// What serves others stops before what it stands on, in reverse order.
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	waitGateway, err := serveGateway(serving, cfg, secrets, temporal, log)
	if err != nil {
		return err
	}
	waitCodec, err := serveCodec(serving, cfg.CodecServer, open.keys, references, log)
	if err != nil {
		return err
	}
	w := worker.New(temporal, cfg.TaskQueue, worker.Options{
		MaxConcurrentWorkflowTaskPollers: pollers,
		MaxConcurrentActivityTaskPollers: pollers,
		WorkerStopTimeout:                stopTimeout,
		MaxHeartbeatThrottleInterval:     heartbeatThrottle,
	})
	w.RegisterWorkflowWithOptions(workflows.Deploy, workflow.RegisterOptions{Name: workflows.DeployType})
	w.RegisterWorkflowWithOptions(workflows.Destroy, workflow.RegisterOptions{Name: workflows.DestroyType})
	w.RegisterWorkflowWithOptions(workflows.Plan, workflow.RegisterOptions{Name: workflows.PlanType})
	w.RegisterWorkflowWithOptions(workflows.SealingKey, workflow.RegisterOptions{Name: workflows.SealingKeyType})
	w.RegisterWorkflowWithOptions(workflows.Doctor, workflow.RegisterOptions{Name: workflows.DoctorType})
	w.RegisterWorkflowWithOptions(workflows.Belongings, workflow.RegisterOptions{Name: workflows.BelongingsType})
	w.RegisterWorkflowWithOptions(workflows.DeployNamed, workflow.RegisterOptions{Name: workflows.DeployNamedType})
	service, err := nexusService()
	if err != nil {
		return err
	}
	w.RegisterNexusService(service)
	activities.Register(w, deeds)
	if err := w.Start(); err != nil {
		return fmt.Errorf("start the worker: %w", err)
	}
	waitHealth, err := serveHealth(serving, cfg.Health.Listen, temporal)
	if err != nil {
		w.Stop()
		return err
	}
	log.Info("The worker is ready", "task_queue", cfg.TaskQueue, "gateway", cfg.Gateway.URL, "health", cfg.Health.Listen)
	<-ctx.Done()
	log.Info("The worker stops; running jobs go on and are found again")
	w.Stop()
	stop()
	return errors.Join(waitGateway(), waitCodec(), waitHealth())
}

// connect reaches the Temporal server that the environment names.
func connect(log *slog.Logger, converters codec.Converters) (client.Client, error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return nil, fmt.Errorf("settings of the Temporal client in the environment: %w", err)
	}
	options.Logger = sdklog.NewStructuredLogger(log)
	converters.Use(&options)
	c, err := client.Dial(options)
	if err != nil {
		return nil, fmt.Errorf("no Temporal server at %s: %w", options.HostPort, err)
	}
	return c, nil
}

// serveGateway takes the signals of nodes and hands them to their deployment.
func serveGateway(ctx context.Context, cfg config.Config, secrets trust.Secrets, temporal client.Client, log *slog.Logger) (func() error, error) {
	sink := func(ctx context.Context, s gateway.Signal) error {
		message := workflows.NodeMessage{Node: s.Node, Name: s.Name, Value: s.Value}
		err := temporal.SignalWorkflow(ctx, s.Deployment, "", workflows.NodeSignal, message)
		var gone *serviceerror.NotFound
		if errors.As(err, &gone) {
			return gateway.ErrNotRunning
		}
		return err
	}
	_, wait, err := gateway.Serve(ctx, cfg.Gateway.Listen, gateway.New(secrets.VerifyToken, sink, log))
	if err != nil {
		return nil, fmt.Errorf("the signal gateway: %w", err)
	}
	return wait, nil
}
