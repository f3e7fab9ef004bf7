package ec2

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"aiolos/deploy"
)

// subnet is what matters here of a subnet.
type subnet struct {
	id, zone, vpc string
	// free is how many addresses are left.
	free int
}

// subnets looks up subnets by ID, by one call for all.
func (p *Provider) subnets(ctx context.Context, ids []string) (map[string]subnet, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	found := make(map[string]subnet, len(ids))
	pages := ec2.NewDescribeSubnetsPaginator(p.ec2, &ec2.DescribeSubnetsInput{Filters: []types.Filter{filter("subnet-id", ids...)}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, apiError("look up subnets", err)
		}
		for _, s := range page.Subnets {
			id := aws.ToString(s.SubnetId)
			found[id] = subnet{id: id, zone: aws.ToString(s.AvailabilityZone), vpc: aws.ToString(s.VpcId), free: int(aws.ToInt32(s.AvailableIpAddressCount))}
		}
	}
	for _, id := range ids {
		if _, ok := found[id]; !ok {
			return nil, &LookupError{What: "subnet", Name: id, Hint: "see that it is in the region " + p.cfg.Region + " and in this account"}
		}
	}
	return found, nil
}

// candidates are the subnets that a node may be in, the best first. Neighbours
// in a group land in different zones, as the replicas of one set are neighbours.
// Where the blueprint asks for zones, a node stays in its own.
func candidates(spec deploy.NodeSpec, subnets []subnet) ([]subnet, error) {
	zones := byZone(subnets)
	if spec.Zones > len(zones) {
		return nil, &SpecError{Node: spec.Name, Field: "zones", Value: fmt.Sprint(spec.Zones),
			Allowed: fmt.Sprintf("at most %d, as the subnets of the profile %s are in so many", len(zones), spec.Profile)}
	}
	if spec.Zones > 0 {
		own := zones[spec.Zone%len(zones)]
		return rotate(own, spec.Index/spec.Zones), nil
	}
	// One zone after the other, and within a zone one subnet after the other.
	var round []subnet
	for k := range slices.Max(lengths(zones)) {
		for i := range zones {
			zone := zones[(spec.Index+i)%len(zones)]
			if k < len(zone) {
				round = append(round, rotate(zone, spec.Index/len(zones))[k])
			}
		}
	}
	return round, nil
}

// byZone groups subnets by zone, in the order in which zones appear.
func byZone(subnets []subnet) [][]subnet {
	var zones [][]subnet
	for _, s := range subnets {
		at := slices.IndexFunc(zones, func(of []subnet) bool { return of[0].zone == s.zone })
		if at < 0 {
			zones = append(zones, nil)
			at = len(zones) - 1
		}
		zones[at] = append(zones[at], s)
	}
	return zones
}

func lengths(zones [][]subnet) []int {
	n := make([]int, len(zones))
	for i, of := range zones {
		n[i] = len(of)
	}
	return n
}

// rotate begins with the n-th subnet, counted round and round.
func rotate(subnets []subnet, n int) []subnet {
	n %= len(subnets)
	return slices.Concat(subnets[n:], subnets[:n])
}
