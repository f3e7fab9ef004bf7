package job

import (
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"
	"strconv"
	"time"

	"aiolos/internal/remote"
)

//go:embed stop.sh
var stopScript string

// Stop ends the job and all of its process group: with the signal TERM, and
// after grace with KILL. Followers get the result as of any other end. A job
// that has ended is left as it is, and so are daemons that have left the group, as
// with setsid or by a service manager: they are meant to outlive the job. One that
// was only put into the background, even with nohup, is of the group and ends.
// One that was never started never will be: it has ended with exit code 143,
// without output. Calling Stop again is harmless.
func (d Dir) Stop(ctx context.Context, r remote.Runner, id string, grace time.Duration) error {
	if err := checkID(id); err != nil {
		return err
	}
	seconds := strconv.FormatFloat(max(grace, 10*time.Millisecond).Seconds(), 'f', 3, 64)
	_, err := d.do(ctx, r, "stop", id, lib+stopScript, id, rand.Text(), seconds)
	return err
}

// do runs one of the short scripts. Exit code 3 is an answer of theirs.
func (d Dir) do(ctx context.Context, r remote.Runner, doing, id, script string, args ...string) (remote.Result, error) {
	done, err := r.Run(ctx, remote.Command{Script: script, Args: append([]string{string(d)}, args...)})
	switch {
	case err != nil && ctx.Err() != nil:
		return done, ctx.Err()
	case err != nil:
		return done, fmt.Errorf("%s job %s: %w", doing, id, err)
	case done.Exit != 0 && done.Exit != exitMissing:
		return done, nodeError(id, doing, done)
	}
	return done, nil
}
