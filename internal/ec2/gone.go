package ec2

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"aiolos/deploy"
)

// fresh is for how long a list of a deployment's instances answers for all of its
// nodes: many of them may stop answering at once.
const fresh = 10 * time.Second

// fates remember what became of deployments' instances.
type fates struct {
	mu   sync.Mutex
	seen map[string]*fate
}

// fate is what became of one deployment's.
type fate struct {
	mu        sync.Mutex
	at        time.Time
	instances map[string]types.Instance
}

// Gone says that a node's instance is terminated, and why, as EC2 tells for about
// an hour; one that EC2 does not know at all is gone as well.
func (p *Provider) Gone(ctx context.Context, deployment string, node deploy.Node) (why string, gone bool, err error) {
	i, ours, known, err := p.seen(ctx, deployment, node)
	switch {
	case err != nil || !ours:
		return "", false, err
	case !known:
		return "EC2 does not list it any more", true, nil
	case !isDead(i):
		return "", false, nil
	}
	return ec2Says(i), true, nil
}

// Stopped says that a node's instance is stopped, and why. Who has stopped it may start it, nobody else does.
func (p *Provider) Stopped(ctx context.Context, deployment string, node deploy.Node) (why string, said []string, stopped bool, err error) {
	i, ours, known, err := p.seen(ctx, deployment, node)
	if err != nil || !ours || !known || stateOf(i) != types.InstanceStateNameStopped {
		return "", nil, false, err
	}
	return ec2Says(i), nil, true, nil
}

func ec2Says(i types.Instance) string {
	why := "EC2 says that it is " + string(stateOf(i))
	if i.StateReason != nil && aws.ToString(i.StateReason.Message) != "" {
		why += " (" + aws.ToString(i.StateReason.Message) + ")"
	}
	return why
}

// seen is what EC2 tells of a node's instance, or has told a moment ago. Ours is false for other
// machines than EC2's.
func (p *Provider) seen(ctx context.Context, deployment string, node deploy.Node) (i types.Instance, ours, known bool, err error) {
	if !strings.HasPrefix(node.ID, "i-") {
		return i, false, false, nil
	}
	f := p.fates.of(deployment)
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.at) > fresh {
		all, err := p.list(ctx, deployment, anyState)
		if err != nil {
			return i, true, false, err
		}
		f.at, f.instances = time.Now(), map[string]types.Instance{}
		for _, one := range all {
			f.instances[aws.ToString(one.InstanceId)] = one
		}
	}
	i, known = f.instances[node.ID]
	return i, true, known, nil
}

func (f *fates) of(deployment string) *fate {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seen == nil {
		f.seen = map[string]*fate{}
	}
	if f.seen[deployment] == nil {
		f.seen[deployment] = &fate{}
	}
	return f.seen[deployment]
}
