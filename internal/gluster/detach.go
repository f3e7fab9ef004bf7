package gluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"aiolos/deploy"
	"aiolos/internal/remote"
)

// DetachError is a host that has to stay a peer.
type DetachError struct {
	Host string
	// Errno is gluster's opErrno, one of its own small numbers; 0 when it was not asked.
	Errno   int
	Message string
	// Bricks are those that the host holds, as "volume host:/path".
	Bricks []string
}

func (e *DetachError) Error() string { return fmt.Sprintf("cannot detach %s: %s", e.Host, e.Message) }

// What glusterd answers to a detach (enum gf_deprobe_resp).
const (
	detachSelf       = 1
	detachNoPeer     = 2
	detachBricks     = 3
	detachDown       = 4 // some peer is, not always that one
	detachNoQuorum   = 5
	detachIsLeaving  = 6
	detachSnapBricks = 7
)

// Kind says what sort of failure it is.
func (e *DetachError) Kind() deploy.Kind {
	switch e.Errno {
	case 0, detachSelf, detachBricks, detachSnapBricks:
		return deploy.KindConflict
	}
	return deploy.KindGluster
}

// Evidence shows the bricks in the way.
func (e *DetachError) Evidence() []string { return e.Bricks }

// Temporary says that the same may succeed later.
func (e *DetachError) Temporary() bool {
	return e.Errno == detachNoQuorum || e.Errno == detachIsLeaving || e.Errno == errnoBusy
}

// Detach takes hosts out of the pool of r, and returns those that it took out, also
// along with an error. A host that is no peer is success; one that holds a brick,
// or is the node of r itself, is a *DetachError. Force is used where a peer cannot
// be reached, and only after it was seen that the host holds no brick.
//
// Other errors are *CommandError, *WaitError, or the runner's.
func Detach(ctx context.Context, r remote.Runner, hosts []string, progress func(string)) ([]string, error) {
	c, progress := cli{runner: r}, telling(progress)
	var detached []string
	for i, host := range hosts {
		if !validHost(host) {
			return nil, &deploy.InvalidError{Problems: []deploy.Problem{{Field: fmt.Sprintf("hosts[%d]", i), Value: host, Allowed: "a host name or address that is not the local host's"}}}
		}
	}
	for _, host := range hosts {
		done, err := c.detach(ctx, host, progress)
		if err != nil {
			return detached, err
		}
		if done {
			detached = append(detached, host)
		}
	}
	return detached, nil
}

// detach takes one host out of the pool. Which peer a name means is gluster's to
// say: it knows names by which this node does not list it.
func (c cli) detach(ctx context.Context, host string, progress func(string)) (bool, error) {
	peers, err := c.pool(ctx)
	if err != nil {
		return false, err
	}
	uuid := ""
	for _, p := range peers {
		if p.named(host) && !p.self() {
			uuid = p.UUID
		}
	}
	bricks, err := c.bricksOf(ctx, host, uuid)
	if err != nil {
		return false, err
	}
	if len(bricks) > 0 {
		return false, &DetachError{Host: host, Message: fmt.Sprintf("it holds %d bricks: %s", len(bricks), summary(bricks)), Bricks: bricks}
	}
	progress("detaching " + host)
	err = c.deprobe(ctx, host)
	var failed *DetachError
	if errors.As(err, &failed) && failed.Errno == detachDown {
		err = c.deprobe(ctx, host, "force")
	}
	if errors.As(err, &failed) && failed.Errno == detachNoPeer {
		return false, nil
	}
	if err != nil || uuid == "" {
		return err == nil, err
	}
	return true, await(ctx, host+" to leave the pool", progress, func(ctx context.Context) ([]string, error) {
		peers, err := c.pool(ctx)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(peers, func(p peer) bool { return p.UUID == uuid }) {
			return []string{host + " is still a peer"}, nil
		}
		return nil, nil
	})
}

// deprobe runs "peer detach". Its failures have errnos of their own.
func (c cli) deprobe(ctx context.Context, host string, force ...string) error {
	r, err := c.do(ctx, "peer detach "+host, append([]string{"peer", "detach", host}, force...)...)
	var failed *CommandError
	if errors.As(err, &failed) && r.Ret != 0 && (failed.Errno <= detachSnapBricks && failed.Errno > 0 || failed.Errno == errnoBusy) {
		return &DetachError{Host: host, Errno: failed.Errno, Message: failed.Message}
	}
	return err
}

// bricksOf lists the bricks on a host, as "volume host:/path".
func (c cli) bricksOf(ctx context.Context, host, uuid string) ([]string, error) {
	volumes, err := c.volumes(ctx)
	var bricks []string
	for _, v := range volumes {
		for _, b := range v.Bricks {
			if uuid != "" && b.HostUUID == uuid || strings.HasPrefix(b.Name, host+":") {
				bricks = append(bricks, v.Name+" "+b.Name)
			}
		}
	}
	return bricks, err
}

// named says whether the pool knows the peer by that name.
func (p peer) named(host string) bool {
	return strings.EqualFold(p.Hostname, host) || slices.ContainsFunc(p.Hostnames, func(s string) bool { return strings.EqualFold(s, host) })
}
