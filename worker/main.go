// Command aiolos-worker hosts Aiolos's workflows and activities, and the gateway
// that takes the signals of nodes. It is the only place where the adapters to
// the outside world meet.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/internal/heap"
)

// Exit codes.
const (
	exitFailed     = 1
	exitWrongInput = 2
)

func main() {
	// A worker of a thousand nodes holds their connections and histories, which live long.
	heap.Pace{Room: 64 << 20, Percent: 60}.Keep()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command().ExecuteContext(ctx)
	stop()
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "aiolos-worker:", err)
	var invalid *deploy.InvalidError
	if errors.As(err, &invalid) {
		os.Exit(exitWrongInput)
	}
	os.Exit(exitFailed)
}

func command() *cobra.Command {
	var config string
	cmd := &cobra.Command{
		Use:   "aiolos-worker --config FILE",
		Short: "Host Aiolos's workflows and activities",
		Long: "Hosts Aiolos's workflows and activities, and the gateway for nodes' signals, until it is told to stop.\n" +
			"The Temporal server's address, namespace and TLS settings come from the environment (TEMPORAL_ADDRESS, …).",
		Args: cobra.NoArgs, SilenceUsage: true, SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return run(cmd.Context(), config)
		},
	}
	cmd.Flags().StringVar(&config, "config", "", "the worker's configuration file (YAML)")
	if err := cmd.MarkFlagRequired("config"); err != nil {
		panic(err)
	}
	cmd.AddCommand(codecCommand(), readyCommand())
	return cmd
}
