package gluster

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"aiolos/deploy"
	"aiolos/internal/remote"
)

//go:embed free.sh
var freeScript string

// How free.sh says that there are files in the brick, or that there is none.
const (
	exitFiles = 3
	exitNone  = 4
)

// FreeBricks removes on a member the directories of bricks that are of no volume any
// more, so that a volume can be made of them again: gluster leaves its mark on them,
// and refuses what bears it. It returns those that it removed, also along with an
// error. Bricks on other hosts are left out, and so is one with a file in it, of
// which progress is told: nothing that holds data is ever removed.
//
// Errors are *deploy.InvalidError, *CommandError, which is also for a brick that is
// in use, or the runner's.
func FreeBricks(ctx context.Context, m Member, bricks []string, progress func(string)) ([]string, error) {
	progress = telling(progress)
	used, err := m.cli().bricksOf(ctx, m.Hostname, "")
	if err != nil {
		return nil, err
	}
	var freed []string
	for i, s := range bricks {
		b, err := ParseBrick(s)
		if err != nil {
			return freed, &deploy.InvalidError{Problems: []deploy.Problem{{Field: fmt.Sprintf("bricks[%d]", i), Value: s, Allowed: brickAllowed}}}
		}
		if b.Host != m.Hostname {
			continue
		}
		for _, u := range used {
			// As bricksOf has it: volume and brick.
			if volume, brick, _ := strings.Cut(u, " "); brick == s {
				return freed, &CommandError{Node: m.Node, Op: "free " + s, Message: "it is a brick of volume " + volume}
			}
		}
		res, err := m.Runner.Run(ctx, remote.Command{Script: freeScript, Args: []string{b.Path}})
		switch {
		case err != nil:
			return freed, fmt.Errorf("%s: free %s: %w", m.Node, s, err)
		case res.Exit == exitFiles:
			progress(fmt.Sprintf("%s keeps its files: %s", s, lastLines(string(res.Stdout), 1)))
		case res.Exit == exitNone:
		case res.Exit != 0:
			return freed, &CommandError{Node: m.Node, Op: "free " + s, Message: lastLines(string(res.Stderr), 3)}
		default:
			freed = append(freed, s)
		}
	}
	return freed, nil
}
