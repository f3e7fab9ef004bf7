package gluster

import (
	"fmt"
	"slices"
)

// OrderError says why bricks cannot be put into sets of which none has two
// bricks on one host.
type OrderError struct {
	SetSize int
	Bricks  int
	// Host is the host with too many bricks, if that is the reason.
	Host   string
	Reason string
}

func (e *OrderError) Error() string {
	return fmt.Sprintf("%d bricks cannot be put into sets of %d: %s", e.Bricks, e.SetSize, e.Reason)
}

// Order puts bricks into an order in which each setSize consecutive ones, which
// gluster makes one replica or disperse set, are on as many hosts. Bricks that
// are in such an order already stay as they are. Whenever there is such an
// order, one is found: that is, if setSize divides the number of bricks and no
// host has more bricks than there are sets. Errors are *OrderError.
func Order(bricks []Brick, setSize int) ([]Brick, error) {
	fail := func(host, format string, args ...any) ([]Brick, error) {
		return nil, &OrderError{SetSize: setSize, Bricks: len(bricks), Host: host, Reason: fmt.Sprintf(format, args...)}
	}
	if setSize < 1 {
		return fail("", "a set has at least one brick")
	}
	if len(bricks)%setSize != 0 {
		return fail("", "%d is no multiple of %d", len(bricks), setSize)
	}
	if b, ok := duplicate(bricks); ok {
		return fail("", "%s is there twice", b)
	}
	if _, ok := crowded(bricks, setSize); !ok {
		return slices.Clone(bricks), nil
	}
	sets := len(bricks) / setSize
	var hosts []string // in order of appearance
	byHost := map[string][]Brick{}
	for _, b := range bricks {
		if byHost[b.Host] == nil {
			hosts = append(hosts, b.Host)
		}
		byHost[b.Host] = append(byHost[b.Host], b)
	}
	// Dealing host after host, one brick to each set in turn, gives every set
	// setSize bricks, and a host's bricks to as many sets.
	ordered := make([]Brick, len(bricks))
	dealt := 0
	for _, host := range hosts {
		if n := len(byHost[host]); n > sets {
			return fail(host, "%s has %d of them, and may have one in each of the %d sets", host, n, sets)
		}
		for _, b := range byHost[host] {
			ordered[dealt%sets*setSize+dealt/sets] = b
			dealt++
		}
	}
	return ordered, nil
}

// Expand returns existing, unchanged, followed by the added bricks in the order
// that Order gives them: gluster never regroups the sets of a volume, so that
// new bricks make up sets of their own. Errors are *OrderError.
func Expand(existing, added []Brick, setSize int) ([]Brick, error) {
	if b, ok := duplicate(slices.Concat(existing, added)); ok {
		return nil, &OrderError{SetSize: setSize, Bricks: len(existing) + len(added), Reason: b.String() + " is there twice"}
	}
	if setSize > 0 && len(existing)%setSize != 0 {
		return nil, &OrderError{SetSize: setSize, Bricks: len(existing), Reason: fmt.Sprintf("the %d that exist are no multiple of %d", len(existing), setSize)}
	}
	ordered, err := Order(added, setSize)
	if err != nil {
		return nil, err
	}
	return slices.Concat(existing, ordered), nil
}

func duplicate(bricks []Brick) (Brick, bool) {
	seen := make(map[Brick]bool, len(bricks))
	for _, b := range bricks {
		if seen[b] {
			return b, true
		}
		seen[b] = true
	}
	return Brick{}, false
}

// crowded finds a host that has two bricks in one set of setSize consecutive ones.
func crowded(bricks []Brick, setSize int) (host string, found bool) {
	for set := range slices.Chunk(bricks, setSize) {
		seen := make(map[string]bool, setSize)
		for _, b := range set {
			if seen[b.Host] {
				return b.Host, true
			}
			seen[b.Host] = true
		}
	}
	return "", false
}
