package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/spf13/cobra"

	"aiolos/internal/config"
)

// readyPatience bounds the question of whether a worker is ready.
const readyPatience = 4 * time.Second

// readyCommand is for a container's health check: its image has nothing else that
// could ask.
func readyCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "ready --config FILE",
		Short: "Say by the exit code whether the worker of this configuration, on this machine, is ready",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Read(path)
			if err != nil {
				return err
			}
			return askReady(cmd.Context(), cfg.Health.Listen)
		},
	}
	cmd.Flags().StringVar(&path, "config", "", "the worker's configuration file (YAML)")
	if err := cmd.MarkFlagRequired("config"); err != nil {
		panic(err)
	}
	return cmd
}

// askReady asks the worker that listens there.
func askReady(ctx context.Context, listen string) error {
	ctx, cancel := context.WithTimeout(ctx, readyPatience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+nearest(listen)+"/readyz", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("the worker does not answer: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the worker is not ready: %s", response.Status)
	}
	return nil
}

// nearest is the address at which a listener can be reached from its own machine.
func nearest(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	addr, err := netip.ParseAddr(host)
	switch {
	case host == "" || err == nil && addr.IsUnspecified() && addr.Is4():
		host = "127.0.0.1"
	case err == nil && addr.IsUnspecified():
		host = "::1"
	}
	return net.JoinHostPort(host, port)
}
