package nodeimage

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/moby/moby/client"
)

// importTree makes an image of a directory tree. What belongs to this machine
// alone, or is only a cache, stays out of it.
func importTree(ctx context.Context, cli *client.Client, root string) error {
	const remedy = "see that the engine has room for images"
	pack := exec.CommandContext(ctx, "tar", "--numeric-owner", "--one-file-system", //nolint:gosec // a folder that was just made
		"--exclude=./etc/hostname", "--exclude=./etc/resolv.conf",
		"--exclude=./var/cache/apt/archives/*.deb", "--exclude=./var/lib/apt/lists/*",
		"-C", root, "-c", ".")
	var complaints bytes.Buffer
	pack.Stderr = &complaints
	reader, writer := io.Pipe()
	pack.Stdout = writer
	if err := pack.Start(); err != nil {
		return &BaseError{Remedy: remedy, Err: err}
	}
	packed := make(chan error, 1)
	go func() {
		err := pack.Wait()
		// An archive that breaks off must not pass for a whole one.
		writer.CloseWithError(err)
		packed <- err
	}()
	result, err := cli.ImageImport(ctx, client.ImageImportSource{Source: reader, SourceName: "-"}, ownBase,
		client.ImageImportOptions{Changes: []string{"LABEL " + Label + "=base"}})
	if err == nil {
		_, err = follow(result, func(string) {})
		_ = result.Close()
	}
	_ = reader.CloseWithError(errors.New("the engine stopped reading")) // which never fails
	if tarErr := <-packed; err == nil && tarErr != nil {
		return &BaseError{Remedy: remedy, Log: lines(complaints.String()), Err: tarErr}
	}
	if err != nil {
		return &BaseError{Remedy: remedy, Err: err}
	}
	return nil
}

// run runs a command, tells now and then where it is, and returns the last
// lines that it printed.
func run(cmd *exec.Cmd, progress func(string)) (log []string, err error) {
	reader, writer := io.Pipe()
	cmd.Stdout, cmd.Stderr = writer, writer
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	read := make(chan []string, 1)
	go func() { read <- tell(reader, progress) }()
	err = cmd.Wait()
	_ = writer.Close()
	return <-read, err
}

func lines(text string) []string {
	return strings.Split(strings.TrimSpace(text), "\n")
}
