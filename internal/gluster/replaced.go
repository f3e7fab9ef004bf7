package gluster

import (
	"context"
	"fmt"

	"aiolos/deploy"
)

// ReplacedError is a node that was made anew, while the pool still counts on the
// bricks of the machine that it replaces.
type ReplacedError struct {
	// Node is the new machine, Host its name, which was the old one's.
	Node, Host string
	// Old and New are the UUIDs of the two.
	Old, New string
	// Bricks are those of the old machine, as "volume host:/path".
	Bricks []string
}

func (e *ReplacedError) Error() string {
	return fmt.Sprintf("%s is a new machine (UUID %s), but the pool counts on %d bricks that %s had before (UUID %s): %s; decide about them: "+
		"where there are copies, give the new machine the old UUID (in /var/lib/glusterd/glusterd.info), let it probe a peer, make the bricks' directories and let gluster heal them; "+
		"where there are none, their files are lost: remove these bricks by force, or restore the old machine",
		e.Node, e.New, len(e.Bricks), e.Host, e.Old, summary(e.Bricks))
}

// Kind says what sort of failure it is.
func (e *ReplacedError) Kind() deploy.Kind { return deploy.KindConflict }

// Evidence shows the bricks that are counted on.
func (e *ReplacedError) Evidence() []string { return e.Bricks }

// ReplaceDead makes the pool forget machines in whose place others have come: a
// peer that bears the name of a member but another UUID than the member has now,
// as glusterd makes itself a new one on a fresh disk. The pool rejects the member
// until then; afterwards EnsurePool can probe it. It returns the host names that
// were detached, also along with an error.
//
// Only peers without a brick are detached. A volume that has one on the old machine
// is a *ReplacedError, and nothing is done: neither replace-brick nor reset-brick
// is run, as it is for a person to say whether what was in the brick is still
// somewhere.
//
// It costs one look at every member where nothing was replaced. Other errors are
// those of EnsurePool and Detach.
func ReplaceDead(ctx context.Context, members []Member, progress func(string)) ([]string, error) {
	progress = telling(progress)
	views := make([]view, len(members))
	all := make([]int, len(members))
	for i := range all {
		all[i] = i
	}
	if err := look(ctx, members, views, all); err != nil {
		return nil, err
	}
	alive := make(map[string]bool, len(views))
	for _, v := range views {
		alive[v.self] = true
	}
	var detached []string
	gone := map[string]bool{}
	for i, m := range members {
		for j, other := range members {
			if i == j {
				continue
			}
			old := views[i].impostor(other.Hostname, alive)
			if old == "" || gone[old] {
				continue
			}
			c := m.cli()
			bricks, err := c.bricksOf(ctx, other.Hostname, old)
			if err != nil {
				return detached, err
			}
			if len(bricks) > 0 {
				return detached, &ReplacedError{Node: other.Node, Host: other.Hostname, Old: old, New: views[j].self, Bricks: bricks}
			}
			progress(fmt.Sprintf("%s was made anew: the pool forgets the old one (%s)", other.Node, old))
			if _, err := c.detach(ctx, other.Hostname, progress); err != nil {
				return detached, err
			}
			gone[old], detached = true, append(detached, other.Hostname)
		}
	}
	return detached, nil
}

// impostor finds the peer that bears the name but is none of the members that are
// alive.
func (v view) impostor(host string, alive map[string]bool) string {
	for uuid, p := range v.peers {
		if !alive[uuid] && p.named(host) {
			return uuid
		}
	}
	return ""
}
