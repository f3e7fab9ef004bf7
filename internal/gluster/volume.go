package gluster

import (
	"fmt"
	"strings"
)

// What to do with the files that exist after bricks were added.
const (
	// RebalanceNone leaves everything: directories that exist keep to the old bricks.
	RebalanceNone = "none"
	// RebalanceLayout lets new files use the new bricks; files that exist stay
	// where they are. It is what an empty Rebalance means.
	RebalanceLayout = "fix-layout"
	// RebalanceFull also moves files to the new bricks, which may take hours.
	RebalanceFull = "full"
)

// Volume is a volume as it is wanted.
type Volume struct {
	Name string
	// Bricks are "host:/path". Consecutive ones make up replica or disperse
	// sets. Where that would put two bricks of a set on one host they are
	// ordered anew, but for arbiter volumes and with Force.
	Bricks []string
	// Replica is the number of copies; 0 and 1 mean none.
	Replica int
	// Arbiter is 1 if the last brick of each replica set holds only metadata.
	// Such a set has 3 bricks; Replica may be 3, or 2 as gluster writes it today.
	Arbiter int
	// Disperse is the number of bricks of an erasure-coded set; 0 means none.
	Disperse int
	// Redundancy is how many bricks of such a set may be lost, from 1 to
	// (Disperse-1)/2.
	Redundancy int
	// Transport is "tcp", which an empty one means as well.
	Transport string
	// Options are volume options by their full names. Those that are not named
	// stay as they are.
	Options map[string]string
	// Force passes gluster's own "force" when bricks are used: for bricks on
	// the root partition or a mount point, or on one host.
	Force bool
	// Rebalance is what to do after bricks were added: RebalanceNone,
	// RebalanceLayout or RebalanceFull.
	Rebalance string
}

// replica is the number of bricks in a replica set; 1 means no replication.
func (v Volume) replica() int {
	if v.Arbiter == 1 && v.Replica == 2 {
		return 3
	}
	return max(v.Replica, 1)
}

// setSize is the number of consecutive bricks that make up a set.
func (v Volume) setSize() int {
	if v.Disperse > 0 {
		return v.Disperse
	}
	return v.replica()
}

func (v Volume) rebalance() string {
	if v.Rebalance == "" {
		return RebalanceLayout
	}
	return v.Rebalance
}

// kind names the type with its counts, for people.
func kind(replica, arbiter, disperse, redundancy int) string {
	switch {
	case disperse > 0:
		return fmt.Sprintf("disperse %d redundancy %d", disperse, redundancy)
	case arbiter > 0:
		return fmt.Sprintf("replica %d arbiter %d", replica, arbiter)
	case replica > 1:
		return fmt.Sprintf("replica %d", replica)
	}
	return "distribute"
}

// definition is what the volume is to be, as an error shows it.
func (v Volume) definition() string {
	return kind(v.replica(), v.Arbiter, v.Disperse, v.Redundancy) + ", tcp: " + strings.Join(v.Bricks, " ")
}

// ordered returns the bricks in the order in which the volume is created.
func (v Volume) ordered() ([]Brick, error) {
	bricks := make([]Brick, len(v.Bricks))
	for i, s := range v.Bricks {
		b, err := ParseBrick(s)
		if err != nil {
			return nil, err
		}
		bricks[i] = b
	}
	return v.arrange(bricks)
}

// arrange orders bricks into sets. The place in its set tells which brick is an
// arbiter, so those are only looked at; and force means just as given.
func (v Volume) arrange(bricks []Brick) ([]Brick, error) {
	if v.Force {
		return bricks, nil
	}
	if v.Arbiter > 0 {
		if host, ok := crowded(bricks, v.setSize()); ok {
			return nil, &OrderError{SetSize: v.setSize(), Bricks: len(bricks), Host: host, Reason: host + " has two bricks of one set, and bricks of an arbiter volume are not reordered"}
		}
		return bricks, nil
	}
	return Order(bricks, v.setSize())
}
