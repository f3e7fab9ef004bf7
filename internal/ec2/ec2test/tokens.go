package ec2test

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"regexp"
	"sync"
)

// launch is a launch with a client token, in one zone.
type launch struct {
	mu   sync.Mutex
	form string
	said *answer
}

var (
	zoneOf     = regexp.MustCompile(`<availabilityZone>([^<]+)</availabilityZone>`)
	instanceOf = regexp.MustCompile(`<instanceId>([^<]+)</instanceId>`)
	stateOf    = regexp.MustCompile(`(?s)<instanceState>.*?</instanceState>`)
)

// run is RunInstances with a client token, which moto does not heed: a launch
// that has succeeded is confirmed once more, in the state that it is in now, and
// one with other parameters refused. Tokens hold in a zone; those of launches
// that failed are free.
func (c *Cloud) run(ctx context.Context, made call) answer {
	key := made.form.Get("ClientToken") + " " + c.zone(ctx, made, made.form.Get("SubnetId"))
	c.mu.Lock()
	l := c.launches[key]
	if l == nil {
		l = &launch{}
		c.launches[key] = l
	}
	c.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.said == nil:
		said := c.forward(ctx, made)
		if said.status == http.StatusOK {
			l.form, l.said = made.form.Encode(), &said
		}
		return said
	case l.form != made.form.Encode():
		return failure(made, http.StatusBadRequest, "IdempotentParameterMismatch", "The client token was used with other parameters before.")
	}
	said := *l.said
	if id := instanceOf.FindSubmatch(said.body); id != nil {
		now := c.ask(ctx, made, url.Values{"Action": {"DescribeInstances"}, "InstanceId.1": {string(id[1])}})
		state := stateOf.Find(now)
		if state == nil {
			state = []byte("<instanceState><code>48</code><name>terminated</name></instanceState>")
		}
		said.body = bytes.Replace(said.body, stateOf.Find(said.body), state, 1)
	}
	return said
}

// zone is the zone of a subnet, "" if there is no such subnet.
func (c *Cloud) zone(ctx context.Context, made call, subnet string) string {
	c.mu.Lock()
	zone := c.zones[subnet]
	c.mu.Unlock()
	if zone != "" {
		return zone
	}
	found := zoneOf.FindSubmatch(c.ask(ctx, made, url.Values{"Action": {"DescribeSubnets"}, "SubnetId.1": {subnet}}))
	if found == nil {
		return ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.zones[subnet] = string(found[1])
	return c.zones[subnet]
}
