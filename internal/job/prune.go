package job

import (
	"context"
	"crypto/rand"
	_ "embed"
	"strconv"
	"strings"
	"time"

	"aiolos/internal/remote"
)

//go:embed prune.sh
var pruneScript string

// Prune removes the directories of jobs that ended longer ago than olderThan,
// but for the last keep ones, and returns how many. With its directory a job's
// ID is forgotten, so olderThan has to exceed the time in which anybody may ask
// for the same job again.
func (d Dir) Prune(ctx context.Context, r remote.Runner, olderThan time.Duration, keep int) (int, error) {
	done, err := d.do(ctx, r, "prune", "*", pruneScript,
		rand.Text(), strconv.FormatInt(int64(olderThan/time.Second), 10), strconv.Itoa(keep))
	if err != nil {
		return 0, err
	}
	removed, err := strconv.Atoi(strings.TrimSpace(string(done.Stdout)))
	if err != nil {
		return 0, &ProtocolError{ID: "*", Answer: done.Stdout, Stderr: done.Stderr}
	}
	return removed, nil
}

// What PruneDefault keeps: nobody asks for a job again after so long, but people
// may wish to see the output of the last ones.
const (
	pruneAfter = 14 * 24 * time.Hour
	pruneKeep  = 20
)

// PruneDefault removes the directories of jobs that ended more than two weeks ago,
// but for the last 20. It costs one round trip, and some milliseconds for each job
// on the node. It may be called at any time, also twice at once, when what one of
// the two leaves is removed the next time.
func (d Dir) PruneDefault(ctx context.Context, r remote.Runner) (int, error) {
	return d.Prune(ctx, r, pruneAfter, pruneKeep)
}

// PruneDefault is Dir.PruneDefault in Root.
func PruneDefault(ctx context.Context, r remote.Runner) (int, error) {
	return Root.PruneDefault(ctx, r)
}
