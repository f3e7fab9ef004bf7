package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/moby/moby/client"
	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/internal/docker"
	"aiolos/internal/nodeimage"
	"aiolos/lab/state"
)

// stopPatience is how long the lab may take to stop before it is killed.
const stopPatience = 40 * time.Second

func downCommand() *cobra.Command {
	var w which
	var images bool
	cmd := &cobra.Command{
		Use:   "down",
		Short: "End the lab and remove all that it made: nodes with their data, network, state",
		Long: "Ends the lab, if it runs, and removes all that it made: containers, disks with their data, the network, and the state with its logs.\n" +
			"The node images stay, for the next time, unless --images is given; they are shared by all labs.\n" +
			"Another lab's objects are never touched.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := w.dir()
			if err != nil {
				return err
			}
			return down(cmd.Context(), w.name, dir, images, cmd.OutOrStdout())
		},
	}
	w.register(cmd.Flags())
	cmd.Flags().BoolVar(&images, "images", false, "remove the node images, too")
	return cmd
}

func down(ctx context.Context, name string, dir state.Dir, images bool, out io.Writer) (err error) {
	exists, err := dir.Exists()
	if err != nil {
		return err
	}
	if exists {
		if err := checkName(name, dir); err != nil {
			return err
		}
		lock, stopped, stopErr := dir.Stop(ctx, stopPatience)
		if stopErr != nil {
			return stopErr
		}
		defer func() { err = errors.Join(err, lock.Release()) }()
		if stopped != 0 {
			fmt.Fprintf(out, "stopped the lab %s (process %d)\n", name, stopped)
		}
		if err := motoOf(dir).Stop(); err != nil {
			return err
		}
	}
	var removed []string
	if record, ok, readErr := dir.ReadRecord(); readErr == nil && ok && record.Provider == deploy.ProviderSimulation && !images {
		// Its machines have gone with their process, and there need be no engine.
		exists = true
	} else {
		removed, err = removeMachines(ctx, name, images)
	}
	for _, what := range removed {
		fmt.Fprintln(out, "removed", what)
	}
	if err != nil && !exists && client.IsErrConnectionFailed(err) {
		// Without an engine there are no nodes, and without a state no lab.
		fmt.Fprintf(out, "There is nothing of the lab %s in %s, and no Docker engine answers.\n", name, dir)
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w; mend that and run down again", err)
	}
	if !exists {
		if len(removed) == 0 {
			fmt.Fprintf(out, "There is nothing of the lab %s.\n", name)
		}
		return nil
	}
	foreign, err := dir.Remove()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "removed state %s\n", dir)
	for _, path := range foreign {
		fmt.Fprintf(out, "left %s, which the lab did not make\n", path)
	}
	return nil
}

// removeMachines removes what the lab made in the engine.
func removeMachines(ctx context.Context, name string, images bool) ([]string, error) {
	cli, err := connect()
	if err != nil {
		return nil, err
	}
	defer cli.Close()
	removed, err := docker.RemoveAll(ctx, cli, name)
	if err != nil || !images {
		return removed, err
	}
	list, err := cli.ImageList(ctx, client.ImageListOptions{Filters: make(client.Filters).Add("label", nodeimage.Label)})
	if err != nil {
		return removed, fmt.Errorf("list the node images: %w", err)
	}
	for _, image := range list.Items {
		for _, tag := range image.RepoTags {
			if _, err := cli.ImageRemove(ctx, tag, client.ImageRemoveOptions{PruneChildren: true}); err != nil {
				return removed, fmt.Errorf("remove the image %s: %w", tag, err)
			}
			removed = append(removed, "image "+tag)
		}
	}
	return removed, nil
}
