package job

import (
	"context"
	"crypto/rand"
	_ "embed"

	"aiolos/internal/remote"
)

//go:embed scrub.sh
var scrubScript string

// Scrub removes from the directory of a job that has ended whatever may hold a
// secret: script, files, environment, outputs, and all else that the script left
// there. What remains tells how it ended, and keeps it from being started anew:
// who follows it later gets its exit code and its output as before, but no
// outputs. So the result has to be recorded before. A job that runs is not touched;
// the error is a *NodeError then. Calling Scrub again, or of a job that never was,
// is harmless.
func (d Dir) Scrub(ctx context.Context, r remote.Runner, id string) error {
	if err := checkID(id); err != nil {
		return err
	}
	_, err := d.do(ctx, r, "scrub", id, scrubScript, id, rand.Text())
	return err
}
