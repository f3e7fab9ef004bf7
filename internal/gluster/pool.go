package gluster

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"aiolos/internal/remote"
)

// Member is a node of the pool.
type Member struct {
	// Node is its name in messages.
	Node string
	// Hostname is the name by which the other members reach it.
	Hostname string
	Runner   remote.Runner
}

func (m Member) cli() cli { return cli{node: m.Node, runner: m.Runner} }

// PoolResult is what EnsurePool changed.
type PoolResult struct {
	// Probed are the host names that were probed, in order.
	Probed []string
}

// atOnce bounds how many members are asked at a time.
const atOnce = 16

// view is the pool as one member sees it.
type view struct {
	self  string // its own UUID
	peers map[string]peer
}

// EnsurePool makes one trusted pool of the members: those that the pool does not
// know yet are probed, then it waits until every member sees every other in the
// cluster and connected. Members are told apart by UUID, as gluster may know
// them by other names. Peers that are no members are left alone.
//
// The first member probes, unless another one has more of the members as peers.
// One after the other is probed, as the pool tells every probe to all of it.
//
// Errors are *CommandError, *ProbeError, *TwinError, *WaitError, or a runner's.
func EnsurePool(ctx context.Context, members []Member, progress func(string)) (PoolResult, error) {
	progress = telling(progress)
	var result PoolResult
	views := make([]view, len(members))
	all := make([]int, len(members))
	for i := range all {
		all[i] = i
	}
	if err := look(ctx, members, views, all); err != nil {
		return result, err
	}
	if err := twins(members, views); err != nil {
		return result, err
	}
	missing := gaps(members, views)
	if len(missing) == 0 {
		return result, nil
	}
	by := prober(views)
	for i, m := range members {
		if _, known := views[by].peers[views[i].self]; known || i == by {
			continue
		}
		progress("probing " + m.Hostname)
		if err := probe(ctx, members[by], m, views[i].self); err != nil {
			return result, err
		}
		result.Probed = append(result.Probed, m.Hostname)
	}
	err := await(ctx, fmt.Sprintf("the pool of %d", len(members)), progress, func(ctx context.Context) ([]string, error) {
		// Only those members are asked again that did not see all of the others.
		var open []int
		for i := range members {
			if len(blind(members, views, i)) > 0 {
				open = append(open, i)
			}
		}
		if err := look(ctx, members, views, open); err != nil {
			return nil, err
		}
		return gaps(members, views), nil
	})
	return result, err
}

// look refreshes the views of the members with those numbers.
func look(ctx context.Context, members []Member, views []view, which []int) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, i := range which {
		group.Go(func() error {
			v, err := members[i].view(ctx)
			if err == nil {
				views[i] = v
			}
			return err
		})
	}
	return group.Wait()
}

func (m Member) view(ctx context.Context) (view, error) {
	peers, err := m.cli().pool(ctx)
	if err != nil {
		return view{}, err
	}
	v := view{peers: make(map[string]peer, len(peers))}
	for _, p := range peers {
		if p.self() {
			v.self = p.UUID
		} else {
			v.peers[p.UUID] = p
		}
	}
	if v.self == "" {
		return view{}, &CommandError{Node: m.Node, Op: "pool list", Message: "the list lacks the node itself"}
	}
	return v, nil
}

// prober picks the member that has most of the members as peers, the first of
// those: a pool can only be joined from inside.
func prober(views []view) int {
	best, most := 0, -1
	for i, v := range views {
		n := 0
		for _, other := range views {
			if _, ok := v.peers[other.self]; ok {
				n++
			}
		}
		if n > most {
			best, most = i, n
		}
	}
	return best
}

// gaps says what the members do not see yet.
func gaps(members []Member, views []view) []string {
	var out []string
	for i := range members {
		out = append(out, blind(members, views, i)...)
	}
	return out
}

// blind says what member i does not see yet.
func blind(members []Member, views []view, i int) []string {
	var out []string
	for j, other := range views {
		if i == j {
			continue
		}
		p, ok := views[i].peers[other.self]
		switch {
		case !ok:
			out = append(out, fmt.Sprintf("%s does not know %s", members[i].Node, members[j].Node))
		case p.Connected != 1:
			out = append(out, fmt.Sprintf("%s sees %s disconnected (%s)", members[i].Node, members[j].Node, p.StateStr))
		case !p.ready():
			out = append(out, fmt.Sprintf("%s sees %s in the state %q", members[i].Node, members[j].Node, p.StateStr))
		}
	}
	return out
}
