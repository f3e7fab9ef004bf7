package nodeimage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/moby/moby/client"
)

const (
	suite = "bookworm"
	// debian is the base image where a registry answers.
	debian = "debian:" + suite + "-slim"
	// ownBase is the base image that debootstrap makes otherwise.
	ownBase = "aiolos-base:" + suite
)

// patience bounds the wait for a registry's first answer. How long the download
// takes after that is not bounded.
const patience = 8 * time.Second

// ensureBase returns the name of a Debian image in the engine: one that is there,
// or else one that a registry has, or else one made with debootstrap.
func ensureBase(ctx context.Context, cli *client.Client, progress func(string)) (string, error) {
	for _, ref := range []string{debian, ownBase} {
		if there, err := exists(ctx, cli, ref); err != nil || there {
			return ref, err
		}
	}
	progress("pulling " + debian)
	err := pull(ctx, cli)
	if err == nil {
		return debian, nil
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	progress(fmt.Sprintf("cannot pull %s (%v); making a base image with debootstrap", debian, err))
	if err := bootstrap(ctx, cli, progress); err != nil {
		return "", err
	}
	return ownBase, nil
}

var errNoRegistry = errors.New("no registry answered in time")

// pull has the engine pull Debian's image. The engine answers only when the
// registry has, and that is what the patience is for.
func pull(ctx context.Context, cli *client.Client) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(patience, func() { cancel(errNoRegistry) })
	defer timer.Stop()
	response, err := cli.ImagePull(ctx, debian, client.ImagePullOptions{})
	if err != nil {
		if errors.Is(context.Cause(ctx), errNoRegistry) {
			return errNoRegistry
		}
		return err
	}
	defer func() { _ = response.Close() }()
	for message, err := range response.JSONMessages(ctx) {
		timer.Stop()
		if err != nil {
			return err
		}
		if message.Error != nil {
			return message.Error
		}
	}
	return ctx.Err()
}

// bootstrap makes Debian from its packages on this machine, and imports it.
func bootstrap(ctx context.Context, cli *client.Client, progress func(string)) error {
	const remedy = "let the engine pull " + debian + ", or run this as root on a machine with debootstrap (apt-get install debootstrap)"
	if os.Geteuid() != 0 {
		return &BaseError{Remedy: remedy, Err: errors.New("it cannot be pulled, and making one needs root")}
	}
	debootstrap, err := exec.LookPath("debootstrap")
	if err != nil {
		return &BaseError{Remedy: remedy, Err: errors.New("it cannot be pulled, and debootstrap is not installed")}
	}
	root, err := os.MkdirTemp("", "aiolos-base-")
	if err != nil {
		return &BaseError{Remedy: "make room for temporary files", Err: err}
	}
	defer func() { _ = os.RemoveAll(root) }()
	// Without a mirror it takes the one that it knows for the suite.
	cmd := exec.CommandContext(ctx, debootstrap, "--variant=minbase", suite, root) //nolint:gosec // as it was looked up, and a folder that was just made
	if log, err := run(cmd, progress); err != nil {
		return &BaseError{Remedy: "see whether this machine reaches Debian's mirror", Log: log, Err: fmt.Errorf("debootstrap: %w", err)}
	}
	progress("importing " + ownBase)
	return importTree(ctx, cli, root)
}
