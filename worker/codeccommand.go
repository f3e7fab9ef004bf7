package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"aiolos/codec"
	"aiolos/deploy"
	"aiolos/internal/config"
	"aiolos/internal/secretref"
)

// codecCommand is what there is to do with payload keys beside a worker.
func codecCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "codec",
		Short: "Make payload keys, or decrypt payloads for Temporal's UI",
		Args:  cobra.NoArgs,
	}
	var path string
	serve := &cobra.Command{
		Use:   "serve --config FILE",
		Short: "Run the codec server alone, without a worker and without Temporal",
		Long: "Runs what codec_server and payloads in the worker's configuration say, until it is told to stop: for a machine\n" +
			"of its own, near to the people who read payloads. The worker's own configuration then needs no codec_server.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serveCodecAlone(cmd.Context(), path, slog.New(slog.NewTextHandler(os.Stderr, nil)))
		},
	}
	serve.Flags().StringVar(&path, "config", "", "the worker's configuration file (YAML)")
	if err := serve.MarkFlagRequired("config"); err != nil {
		panic(err)
	}
	cmd.AddCommand(serve, &cobra.Command{
		Use:     "key ID",
		Short:   "Print a new payload key as a line of a keys file",
		Long:    "Prints a new payload key as a line of a keys file, which only its owner may be able to read.",
		Example: "  (umask 077; aiolos-worker codec key 2026-01 >> /etc/aiolos/payload-keys)",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			line, err := codec.NewKeyLine(args[0])
			if err == nil {
				_, err = cmd.OutOrStdout().Write([]byte(line))
			}
			return err
		},
	})
	return cmd
}

func serveCodecAlone(ctx context.Context, path string, log *slog.Logger) error {
	cfg, err := config.Read(path)
	if err != nil {
		return err
	}
	if cfg.CodecServer == nil {
		return &deploy.InvalidError{Problems: []deploy.Problem{{Field: "codec_server", Allowed: "where it listens, and whom it answers"}}}
	}
	secrets := &secretref.Resolver{}
	open, err := openPayloads(ctx, cfg.Payloads, secrets)
	if err != nil {
		return err
	}
	wait, err := serveCodec(ctx, cfg.CodecServer, open.keys, secrets, log)
	if err != nil {
		return err
	}
	return wait()
}
