// Command image builds the images of the lab's nodes where they are missing. The
// lab does so by itself when it comes up; this is for doing it earlier, beside
// the build of the binaries.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/moby/moby/client"

	"aiolos/internal/nodeimage"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := build(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

// build makes the variants that are named, or the lab's default.
func build(ctx context.Context, variants []string) error {
	if len(variants) == 0 {
		variants = []string{string(nodeimage.Lab)}
	}
	cli, err := client.New(client.FromEnv)
	if err != nil {
		return err
	}
	defer cli.Close()
	for _, v := range variants {
		ref, err := nodeimage.Ensure(ctx, cli, nodeimage.Variant(v), func(line string) { fmt.Fprintln(os.Stderr, line) })
		if err != nil {
			return err
		}
		fmt.Println(ref)
	}
	return nil
}
