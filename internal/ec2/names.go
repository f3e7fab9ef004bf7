package ec2

import (
	"fmt"
	"regexp"

	"aiolos/deploy"
)

// namePattern is what deployments, nodes, groups and hosts are named here: names
// become values of tags, and of filters, in which * and ? stand for anything.
var namePattern = regexp.MustCompile(`\A[A-Za-z0-9][A-Za-z0-9_-]{0,62}\z`)

func checkName(what, name string) error {
	if !namePattern.MatchString(name) {
		return &SpecError{Node: name, Field: what, Value: name, Allowed: "1 to 63 letters, digits, - and _, a letter or digit first"}
	}
	return nil
}

// checkLaunch makes sure, before anything is made, that a node can be launched
// as it is asked for.
func (p *Provider) checkLaunch(n deploy.Launch) error {
	if _, ok := p.cfg.Profiles[n.Profile]; !ok {
		return &deploy.ProfileError{Profile: n.Profile, Known: p.Profiles()}
	}
	if _, ok := p.imageOf(n.NodeSpec); !ok {
		return &deploy.ImageError{Image: n.Image, Known: p.Images()}
	}
	for what, name := range map[string]string{"name": n.Name, "group": n.Group, "hostname": n.Hostname} {
		if err := checkName(what, name); err != nil {
			return err
		}
	}
	wrong := func(field, value, allowed string) error {
		return &SpecError{Node: n.Name, Field: field, Value: value, Allowed: allowed}
	}
	if n.Index < 0 {
		return wrong("index", fmt.Sprint(n.Index), "0 and above")
	}
	if len(n.UserData) > maxUserData {
		return wrong("user data", fmt.Sprintf("%d bytes", len(n.UserData)), fmt.Sprintf("at most %d bytes", maxUserData))
	}
	seen := map[string]bool{}
	for i, d := range n.Disks {
		field := fmt.Sprintf("disks[%d]", i)
		switch {
		case !volumeName.MatchString(d.Device):
			return wrong(field+".device", d.Device, volumeNameAllowed)
		case seen[d.Device]:
			return wrong(field+".device", d.Device, "each device once")
		case d.SizeGB < 1 || gibibytes(d.SizeGB) > maxVolume:
			return wrong(field+".size_gb", fmt.Sprint(d.SizeGB), fmt.Sprintf("1 to %d", gigabytes(maxVolume)))
		}
		seen[d.Device] = true
	}
	if text := encodeDisks(n.Disks); len(text) > maxTagValue {
		return wrong("disks", fmt.Sprint(len(n.Disks)), "disks whose devices and sizes fit the 256 characters of a tag: "+text)
	}
	if tags := p.nodeTags("", n.NodeSpec); len(tags) > maxTags {
		return wrong("labels", fmt.Sprint(len(n.Labels)), fmt.Sprintf("%d fewer: EC2 takes %d tags in all", len(tags)-maxTags, maxTags))
	}
	return nil
}
