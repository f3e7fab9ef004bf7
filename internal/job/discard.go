package job

import (
	"context"
	"crypto/rand"
	"time"

	"aiolos/internal/remote"
)

// discardScript removes a job: ROOT ID NONCE. Renamed first: half a directory could
// be taken for a job that never began.
const discardScript = `root=$1 id=$2 nonce=$3
cd "$root" 2>/dev/null || exit 0
if [ -d "$id" ]; then
	mv -T "$id" ".old.$nonce.$id" && rm -rf --one-file-system ".old.$nonce.$id" || exit 70
fi
cd / && rmdir --ignore-fail-on-non-empty "$root" 2>/dev/null
exit 0`

// Discard stops the job, and removes all that there is of it, with the directory of
// jobs where it was the last. Its ID is forgotten.
func (d Dir) Discard(ctx context.Context, r remote.Runner, id string, grace time.Duration) error {
	if err := d.Stop(ctx, r, id, grace); err != nil {
		return err
	}
	_, err := d.do(ctx, r, "discard", id, discardScript, id, rand.Text())
	return err
}
