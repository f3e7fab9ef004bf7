package gluster

import (
	"fmt"
	"net/netip"
	"path"
	"regexp"
	"strings"
)

// Brick is a directory on a host that a volume is made of.
type Brick struct {
	// Host is the name by which the pool's nodes reach the host.
	Host string
	// Path is absolute and clean, as path.Clean leaves it.
	Path string
}

// String is the brick as gluster writes it: "host:/path".
func (b Brick) String() string { return b.Host + ":" + b.Path }

var (
	hostPattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)
	// A colon separates host and path, white space one brick from the next
	// inside glusterd, and nothing else unusual is worth the trouble it makes.
	pathPattern = regexp.MustCompile(`^/[A-Za-z0-9._/+@=%-]+$`)
)

// brickAllowed says what ParseBrick takes.
const brickAllowed = `"host:/path": a host name or address that is not the local host's, and an absolute, clean path of letters, digits and ._/+@=%-`

// ParseBrick reads "host:/path".
func ParseBrick(s string) (Brick, error) {
	// The last colon counts, as the host may be an IPv6 address.
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return Brick{}, fmt.Errorf("brick %q is not %s", s, brickAllowed)
	}
	b := Brick{Host: s[:i], Path: s[i+1:]}
	if !validHost(b.Host) || !pathPattern.MatchString(b.Path) || path.Clean(b.Path) != b.Path || len(b.Path) > 255 {
		return Brick{}, fmt.Errorf("brick %q is not %s", s, brickAllowed)
	}
	return b, nil
}

// validHost refuses what glusterd refuses: names by which each host means itself.
func validHost(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return !addr.IsLoopback() && !addr.IsUnspecified() && addr.Zone() == ""
	}
	return len(host) <= 253 && hostPattern.MatchString(host) && !strings.EqualFold(host, "localhost") && !strings.HasPrefix(host, "0.")
}

// inside says whether one of the bricks lies within the other.
func inside(a, b Brick) bool {
	return a.Host == b.Host && (strings.HasPrefix(a.Path, b.Path+"/") || strings.HasPrefix(b.Path, a.Path+"/"))
}

func names(bricks []Brick) []string {
	out := make([]string, len(bricks))
	for i, b := range bricks {
		out[i] = b.String()
	}
	return out
}
