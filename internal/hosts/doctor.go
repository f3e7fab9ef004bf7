package hosts

import (
	"context"
	"time"

	"aiolos/deploy"
)

// Doctor looks whether each machine in service can be reached, and who has it.
func (p *Provider) Doctor(ctx context.Context) []deploy.Finding {
	s, err := p.look(ctx)
	if err != nil {
		return []deploy.Finding{deploy.Wrong("machines", deploy.VerdictWarning, err.Error(), "ask again")}
	}
	if len(p.machines) == 0 {
		return []deploy.Finding{deploy.Wrong("machines", deploy.VerdictFailed, "none is in service", "put machines into the inventory")}
	}
	findings := make([]deploy.Finding, len(p.machines))
	for i, m := range p.machines {
		check, lease := "machine "+m.Name, s.leases[i]
		switch {
		case s.unknown[i] != nil:
			findings[i] = deploy.Wrong(check, deploy.VerdictFailed, s.unknown[i].Error(),
				"see that sshd answers at "+m.address()+" and takes the worker's user and key, or mark it out_of_service in the inventory")
		case lease == nil:
			findings[i] = deploy.Fine(check, "free")
		case p.aliased(s, i):
			findings[i] = deploy.Wrong(check, deploy.VerdictWarning, "it is the machine "+lease.Machine+" by another name", "take one of the two out of the inventory")
		default:
			findings[i] = deploy.Fine(check, "serves as %s of %s since %s", lease.Node, lease.Deployment, lease.Since.UTC().Format(time.RFC3339))
		}
	}
	return findings
}
