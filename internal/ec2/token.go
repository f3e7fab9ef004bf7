package ec2

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// tokenPrefix tells launches of Aiolos from those by which someone made a copy
// of a node by hand, tags and all.
const tokenPrefix = "aiolos-"

// maxToken is how many characters EC2 takes.
const maxToken = 64

// clientToken is by what EC2 knows that two requests mean the same launch, in
// the same zone (https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html).
// A generation tells a launch from those before it, by the ID of the node's last
// instance that was terminated, "" for none: EC2 remembers tokens beyond an
// instance's end, and would go on confirming the dead one.
func clientToken(worker, deployment, node, generation string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{"launch", worker, deployment, node, generation}, "\x00")))
	return (tokenPrefix + hex.EncodeToString(sum[:]))[:maxToken]
}

func (p *Provider) token(r *run) string {
	return clientToken(p.cfg.Worker, r.deployment, r.Name, r.generation)
}
