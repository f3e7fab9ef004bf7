package gluster

import (
	"context"
	"errors"
	"fmt"
	"regexp"
)

// unseen is what a peer says that does not see another which the asking node may well
// see, as just after a glusterd was started again. There is no code for it, and the
// state that could be looked at is the peer's, not the asking node's; so the message
// is read. To take it for passing wrongly costs a few retries.
var unseen = regexp.MustCompile(`Host \S+ (is )?not connected`)

// change runs a volume command. If it is refused without a telling code, it is
// found out whether the refusal may pass: changed says whether the volume is no
// longer as it was when the command was decided on.
func (c cli) change(ctx context.Context, volume, verb string, args []string, changed func(*volumeInfo) bool) error {
	_, err := c.do(ctx, "volume "+verb+" "+volume, args...)
	var failed *CommandError
	if !errors.As(err, &failed) || failed.temporary {
		return err
	}
	doubt := func(format string, a ...any) {
		failed.temporary = true
		failed.Detail = append(failed.Detail, fmt.Sprintf(format, a...))
	}
	if unseen.MatchString(failed.Message) {
		failed.temporary = true
	}
	peers, lookErr := c.pool(ctx)
	if lookErr != nil {
		doubt("%v", lookErr)
		return failed
	}
	for _, p := range peers {
		if !p.self() && !p.ready() {
			doubt("peer %s: connected %d, %s", p.Hostname, p.Connected, p.StateStr)
		}
	}
	if changed == nil {
		return failed
	}
	now, lookErr := c.volume(ctx, volume)
	switch {
	case lookErr != nil:
		doubt("%v", lookErr)
	case changed(now):
		doubt("volume %s was changed meanwhile", volume)
	}
	return failed
}
