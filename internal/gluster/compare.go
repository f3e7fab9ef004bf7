package gluster

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// missing returns the bricks that the volume lacks, in the order in which they
// are to be added, or a *ConflictError. Which bricks make a set together does
// not matter where the volume exists already: gluster never regroups them.
func (v Volume) missing(have volumeInfo) ([]Brick, error) {
	conflict := func(format string, args ...any) ([]Brick, error) {
		return nil, &ConflictError{Volume: v.Name, Have: have.definition(), Want: v.definition(), Reason: fmt.Sprintf(format, args...)}
	}
	is := kind(have.Replica, have.Arbiter, have.Disperse, have.Redundancy)
	if want := kind(v.replica(), v.Arbiter, v.Disperse, v.Redundancy); is != want {
		return conflict("it is %s, not %s", is, want)
	}
	if have.Transport != 0 {
		return conflict("its transport is %s, not tcp", have.transport())
	}
	size := v.setSize()
	// A brick's role is whether it is an arbiter: the last one of its set.
	role := make(map[string]bool, len(v.Bricks))
	for i, b := range v.Bricks {
		role[b] = v.Arbiter > 0 && i%size == size-1
	}
	there := make(map[string]bool, len(have.Bricks))
	var unwanted []string
	for _, b := range have.Bricks {
		there[b.Name] = true
		arbiter, wanted := role[b.Name]
		switch {
		case !wanted:
			unwanted = append(unwanted, b.Name)
		case arbiter != (b.Arbiter == 1):
			return conflict("its arbiters are other bricks: %s", b.Name)
		}
	}
	if len(unwanted) > 0 {
		return conflict("it has bricks that are not wanted, and a volume is never made smaller: %s", strings.Join(unwanted, " "))
	}
	var added []Brick
	for i, s := range v.Bricks {
		if there[s] {
			continue
		}
		b, err := ParseBrick(s)
		if err != nil {
			return nil, err
		}
		if role[s] != (v.Arbiter > 0 && len(added)%size == size-1) {
			return conflict("the bricks to be added are no whole arbiter sets: %s is number %d", s, i)
		}
		added = append(added, b)
	}
	if len(added) == 0 {
		return nil, nil
	}
	added, err := v.arrange(added)
	if err != nil {
		return conflict("the bricks to be added fit no sets of their own: %v", err)
	}
	return added, nil
}

// definition is what the volume is, as an error shows it.
func (have volumeInfo) definition() string {
	bricks := make([]string, len(have.Bricks))
	for i, b := range have.Bricks {
		bricks[i] = b.Name
	}
	return kind(have.Replica, have.Arbiter, have.Disperse, have.Redundancy) + ", " + have.transport() + ": " + strings.Join(bricks, " ")
}

// transport names gluster's number.
func (have volumeInfo) transport() string {
	all := []string{"tcp", "rdma", "tcp,rdma"}
	if have.Transport < 0 || have.Transport >= len(all) {
		return fmt.Sprintf("transport %d", have.Transport)
	}
	return all[have.Transport]
}

// differing returns those wanted options that the volume has not so, by name.
func (have volumeInfo) differing(want map[string]string) []option {
	var out []option
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if o := (option{name, want[name]}); !slices.Contains(have.Options, o) {
			out = append(out, o)
		}
	}
	return out
}

// owed says that bricks were added and not rebalanced onto yet.
func (have volumeInfo) owed() bool {
	return slices.ContainsFunc(have.Options, func(o option) bool { return o.Name == marker && o.Value != markerDone })
}
