package deploy

import (
	"fmt"
	"slices"
	"strings"
)

// makeGroups evaluates the groups and lays out their nodes.
func (p *planner) makeGroups() {
	p.run = run{vars: variables{"params": newParameters(p.plan.values())}}
	for _, spec := range p.blueprint.groups {
		g := Group{Name: spec.name}
		g.Count = int(p.integer(spec.count, maxCount))
		g.Profile = p.text(spec.profile, profileName.MatchString, profileNameAllowed)
		for _, d := range spec.disks {
			disk := Disk{
				Device: p.text(d.device, deviceName.MatchString, deviceNameAllowed),
				SizeGB: int(p.integer(d.size, maxSizeGB)),
			}
			if disk.Device != "" && slices.ContainsFunc(g.Disks, func(o Disk) bool { return o.Device == disk.Device }) {
				p.wrong(d.device, disk.Device, "each device once in a group")
			}
			g.Disks = append(g.Disks, disk)
		}
		if !spec.hasDisks {
			g.Disks = p.disks[g.Profile]
		}
		g.Facts = spec.facts
		if spec.image != nil {
			g.Image = p.text(*spec.image, imageName.MatchString, imageNameAllowed)
		}
		if spec.zones != nil {
			g.Zones = int(p.integer(*spec.zones, maxZones))
		}
		for _, l := range spec.labels {
			if g.Labels == nil {
				g.Labels = map[string]string{}
			}
			g.Labels[l.name] = p.text(l.value, labelValue.MatchString, labelValueAllowed)
		}
		if !p.checking {
			p.keepExisting(spec, g)
		}
		p.plan.Groups = append(p.plan.Groups, g)
	}
	if !p.checking {
		p.knowGroups()
	}
	if len(p.list) == 0 {
		p.layOut()
	}
}

// layOut names the nodes of every group.
func (p *planner) layOut() {
	for _, g := range p.plan.Groups {
		last := p.plan.Deployment + "-" + NodeName(g.Name, g.Count-1)
		if len(last) > maxHostname {
			p.add(position{}, "deployment", p.plan.Deployment, "a name %d characters shorter: the host name %s has to fit %d characters", len(last)-maxHostname, last, maxHostname)
			continue
		}
		if len(p.plan.Nodes)+g.Count > maxPlanNodes {
			p.add(position{}, "groups."+g.Name+".count", plain(g.Count), "at most %d nodes in all groups", maxPlanNodes)
			return
		}
		for i := range g.Count {
			name := NodeName(g.Name, i)
			spec := NodeSpec{
				Name: name, Group: g.Name, Index: i, Hostname: p.plan.Deployment + "-" + name,
				Profile: g.Profile, Image: g.Image, Disks: g.Disks, Labels: g.Labels, Zones: g.Zones,
			}
			if g.Zones > 0 {
				spec.Zone = i % g.Zones
			}
			p.plan.Nodes = append(p.plan.Nodes, spec)
		}
	}
}

// keepExisting refuses a count that would leave out a node that exists.
func (p *planner) keepExisting(spec groupSpec, g Group) {
	needed := 0
	var names []string
	for _, i := range p.existing {
		if i.Group == g.Name {
			needed = max(needed, i.Index+1)
			names = append(names, i.Node)
		}
	}
	if needed == 0 || g.Count >= needed || g.Count == 0 {
		return
	}
	slices.Sort(names)
	const most = 5
	if len(names) > most {
		names = append(names[:most], "…")
	}
	p.wrong(spec.count, plain(g.Count), fmt.Sprintf("%d or more: %s exist, and a smaller number would remove nodes that hold data", needed, strings.Join(names, ", ")))
}

// knowGroups refuses a blueprint that lacks a group whose nodes exist.
func (p *planner) knowGroups() {
	var lacking []string
	for _, i := range p.existing {
		known := slices.ContainsFunc(p.plan.Groups, func(g Group) bool { return g.Name == i.Group })
		if !known && !slices.Contains(lacking, i.Group) {
			lacking = append(lacking, i.Group)
		}
	}
	slices.Sort(lacking)
	for _, group := range lacking {
		p.add(position{}, "blueprint", p.blueprint.Name, "a blueprint with the group %s, of which the deployment has nodes that may hold data", group)
	}
}
