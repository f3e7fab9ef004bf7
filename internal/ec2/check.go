package ec2

import (
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"aiolos/deploy"
)

var (
	workerName  = regexp.MustCompile(`\A[A-Za-z0-9][A-Za-z0-9_.-]{0,62}\z`)
	regionName  = regexp.MustCompile(`\A[a-z]{2,}(-[a-z]+)+-[0-9]+\z`)
	typeName    = regexp.MustCompile(`\A[a-z0-9-]+\.[a-z0-9-]+\z`)
	subnetID    = regexp.MustCompile(`\Asubnet-[0-9a-f]{8,17}\z`)
	groupID     = regexp.MustCompile(`\Asg-[0-9a-f]{8,17}\z`)
	volumeName  = regexp.MustCompile(`\A/dev/(sd[b-z]|xvd[b-z]|xvd[b-d][a-z])\z`)
	priceFormat = regexp.MustCompile(`\A[0-9]+(\.[0-9]+)?\z`)
)

const (
	volumeNameAllowed = "/dev/sdb to /dev/sdz or /dev/xvdb to /dev/xvddz, as EC2 names devices"
	// ownPrefix is how Aiolos's own tags begin.
	ownPrefix = "aiolos:"
)

// volumeTypes says which settings a type of EBS volume takes.
var volumeTypes = map[string]struct{ iops, throughput bool }{
	"gp2": {}, "gp3": {true, true}, "io1": {true, false}, "io2": {true, false}, "st1": {}, "sc1": {}, "standard": {},
}

var strategies = []string{"cluster", "partition", "spread"}

// checker collects what is wrong with a configuration, to tell it at once.
type checker struct{ problems []deploy.Problem }

func (c *checker) add(field, value, allowed string) {
	c.problems = append(c.problems, deploy.Problem{Field: field, Value: value, Allowed: allowed})
}

func (c *checker) match(field, value string, pattern *regexp.Regexp, allowed string) {
	if !pattern.MatchString(value) {
		c.add(field, value, allowed)
	}
}

func (c *checker) between(field string, value, low, high int) {
	if value < low || value > high {
		c.add(field, strconv.Itoa(value), fmt.Sprintf("%d to %d", low, high))
	}
}

// Check returns a *deploy.InvalidError with all that is wrong, without asking AWS.
func (c Config) Check() error { return c.withDefaults().check() }

func (c Config) check() error {
	var wrong checker
	wrong.match("worker", c.Worker, workerName, "1 to 63 letters, digits and _.-, a letter or digit first")
	wrong.match("region", c.Region, regionName, "a region of AWS, such as eu-central-1")
	if u, err := url.Parse(c.Endpoint); c.Endpoint != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		wrong.add("endpoint", c.Endpoint, "an http or https URL, or nothing for AWS itself")
	}
	if len(c.Profiles) == 0 {
		wrong.add("profiles", "", "at least one hardware profile")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Profiles)) {
		c.Profiles[name].check(&wrong, "profiles."+name)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Images)) {
		c.Images[name].check(&wrong, "images."+name)
	}
	wrong.between("parallel", c.Parallel, 1, 100)
	const least, most = 0.1, 1000
	if c.CallsPerSecond != 0 && !(c.CallsPerSecond >= least && c.CallsPerSecond <= most) {
		wrong.add("calls_per_second", strconv.FormatFloat(c.CallsPerSecond, 'g', -1, 64), "0.1 to 1000, or nothing for no bound")
	}
	if len(wrong.problems) > 0 {
		return &deploy.InvalidError{Problems: wrong.problems}
	}
	return nil
}

func (p Profile) check(wrong *checker, field string) {
	wrong.match(field+".instance_type", p.InstanceType, typeName, "an instance type of EC2, such as m7i.large")
	p.Image.check(wrong, field+".image")
	p.checkVolumes(wrong, field)
	if len(p.Subnets) == 0 {
		wrong.add(field+".subnets", "", "at least one subnet's ID")
	}
	for i, id := range p.Subnets {
		at := fmt.Sprintf("%s.subnets[%d]", field, i)
		wrong.match(at, id, subnetID, "a subnet's ID, such as subnet-0123456789abcdef0")
		if slices.Contains(p.Subnets[:i], id) {
			wrong.add(at, id, "each subnet once")
		}
	}
	if len(p.SecurityGroups)+len(p.SSHFrom) == 0 {
		wrong.add(field+".security_groups", "", "at least one security group's ID, or ssh_from to have one made for each deployment")
	}
	for i, id := range p.SecurityGroups {
		wrong.match(fmt.Sprintf("%s.security_groups[%d]", field, i), id, groupID, "a security group's ID, such as sg-0123456789abcdef0")
	}
	for i, cidr := range p.SSHFrom {
		if prefix, err := netip.ParsePrefix(cidr); err != nil || prefix != prefix.Masked() {
			wrong.add(fmt.Sprintf("%s.ssh_from[%d]", field, i), cidr, "a network without host bits, such as 10.0.0.0/16 or 2001:db8::/64")
		}
	}
	if p.HopLimit != 0 {
		wrong.between(field+".hop_limit", p.HopLimit, 1, 64)
	}
	if p.SpotMaxPrice != "" {
		wrong.match(field+".spot_max_price", p.SpotMaxPrice, priceFormat, "US dollars an hour, such as 0.05")
		if !p.Spot {
			wrong.add(field+".spot_max_price", p.SpotMaxPrice, "only with spot")
		}
	}
	p.PlacementGroup.check(wrong, field+".placement_group")
	p.checkTags(wrong, field)
}

func (g PlacementGroup) check(wrong *checker, field string) {
	switch {
	case g.Name != "" && g.Strategy != "":
		wrong.add(field, g.Name, "either the name of a group that exists, or a strategy to have one made")
	case g.Strategy != "" && !slices.Contains(strategies, g.Strategy):
		wrong.add(field+".strategy", g.Strategy, strings.Join(strategies, ", "))
	}
}

// checkTags leaves room for Aiolos's own tags, and for those of a blueprint.
func (p Profile) checkTags(wrong *checker, field string) {
	if most := maxTags - ownTags - deploy.MaxLabels; len(p.Tags) > most {
		wrong.add(field+".tags", strconv.Itoa(len(p.Tags)), fmt.Sprintf("at most %d, as EC2 takes %d with Aiolos's own", most, maxTags))
	}
	for _, key := range slices.Sorted(maps.Keys(p.Tags)) {
		switch {
		case key == "" || len(key) > 128 || strings.HasPrefix(strings.ToLower(key), "aws:") || strings.HasPrefix(key, ownPrefix) || key == "Name":
			wrong.add(field+".tags", key, "keys of 1 to 128 bytes, none that begins with aws: or "+ownPrefix+", and not Name")
		case len(p.Tags[key]) > maxTagValue:
			wrong.add(field+".tags."+key, p.Tags[key], "at most 256 bytes")
		}
	}
}
