package gluster

import (
	"context"
	"errors"

	"aiolos/deploy"
	"aiolos/internal/remote"
)

// DeleteResult is what DeleteVolume changed.
type DeleteResult struct {
	Stopped, Deleted bool
}

// DeleteVolume stops the volume and deletes it, and returns what it changed, also
// along with an error. That there is none of the name is success. With force it is
// stopped even though a rebalance or a replication to another site is under way.
//
// The directories of its bricks stay, and so do the files in them: gluster takes
// none of them for a brick again while they bear its mark; see FreeBricks.
//
// Errors are *deploy.InvalidError, *CommandError, or the runner's.
func DeleteVolume(ctx context.Context, r remote.Runner, name string, force bool, progress func(string)) (DeleteResult, error) {
	progress = telling(progress)
	var result DeleteResult
	if err := checkName(name); err != nil {
		return result, err
	}
	c := cli{runner: r}
	have, err := c.volume(ctx, name)
	if err != nil || have == nil {
		return result, err
	}
	if have.Status == statusStarted {
		progress("stopping volume " + name)
		args := []string{"volume", "stop", name}
		if force {
			args = append(args, "force")
		}
		stopped := func(now *volumeInfo) bool { return now == nil || now.Status != statusStarted }
		if err := c.change(ctx, name, "stop", args, stopped); err != nil {
			return result, err
		}
		result.Stopped = true
	}
	progress("deleting volume " + name)
	gone := func(now *volumeInfo) bool { return now == nil || now.Status == statusStarted }
	err = c.change(ctx, name, "delete", []string{"volume", "delete", name}, gone)
	result.Deleted = err == nil
	return result, err
}

func checkName(volume string) error {
	if !namePattern.MatchString(volume) || len(volume) > 255 {
		return &deploy.InvalidError{Problems: []deploy.Problem{{Field: "volume", Value: volume, Allowed: "the name of a volume"}}}
	}
	return nil
}

// volumes returns all volumes of the pool.
func (c cli) volumes(ctx context.Context) ([]volumeInfo, error) {
	r, err := c.look(ctx, "volume info", "volume", "info")
	var failed *CommandError
	if errors.As(err, &failed) && failed.Errno == errnoNoVolume {
		return nil, nil
	}
	return r.Volumes, err
}
