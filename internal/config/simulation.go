package config

import (
	"fmt"
	"net/url"
	"strconv"

	"aiolos/deploy"
)

// simulation checks what is said of simulated machines. They are on loopback only, and
// so is who launches them.
func (p *parser) simulation(s Simulation) {
	const path = "providers.simulation."
	u, err := url.Parse(s.URL)
	if err != nil || u.Scheme != "http" || !loopback(u.Host) || u.Port() == "" || u.Path != "" {
		p.once(path+"url", s.URL, "http://127.0.0.1:PORT, where the simulated machines are asked for")
	}
	if len(s.Profiles) == 0 {
		p.once(path+"profiles", "", "at least one profile")
	}
	for i, name := range s.Profiles {
		if !plainName.MatchString(name) {
			p.once(fmt.Sprintf("%sprofiles[%d]", path, i), name, plainNameAllowed)
		}
	}
	for i, name := range s.Images {
		if name != "*" && !deploy.ImageNames.OK(name) {
			p.once(fmt.Sprintf("%simages[%d]", path, i), name, "* or "+deploy.ImageNames.Allowed)
		}
	}
	p.disks(path[:len(path)-1], s.Disks)
}

// disks checks the data disks that come with what stands at a path.
func (p *parser) disks(at string, disks []Disk) {
	for i, d := range disks {
		if !deploy.DeviceNames.OK(d.Device) {
			p.once(fmt.Sprintf("%s.disks[%d].device", at, i), d.Device, deploy.DeviceNames.Allowed)
		}
		if d.SizeGB < 1 || d.SizeGB > deploy.MaxSizeGB {
			p.once(fmt.Sprintf("%s.disks[%d].size_gb", at, i), strconv.Itoa(d.SizeGB), fmt.Sprintf("1 to %d", deploy.MaxSizeGB))
		}
	}
}
