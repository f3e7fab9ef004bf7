package fleet

import (
	"encoding/json"
	"fmt"

	runpuppet "aiolos/internal/puppet"
)

// resources are those of a simulated catalog.
var resources = []string{"Package[simulated]", "File[/etc/simulated.conf]", "Service[simulated]"}

// puppet simulates a Puppet run: one that has been applied before changes nothing.
func (m *machine) puppet(env map[string]string) deed {
	what := env["AIOLOS_PUPPET_MODULE"] + env["AIOLOS_PUPPET_MANIFEST"]
	m.mu.Lock()
	applied := m.applied[what]
	m.mu.Unlock()
	kind := timePuppet
	if applied {
		kind = timePuppetUp
	}
	d := deed{takes: m.draw(kind), first: "simulated: Puppet was not run", signal: env["AIOLOS_PUPPET_SIGNAL"]}
	report := runpuppet.Report{Status: "unchanged", Resources: len(resources), Seconds: d.takes.Seconds()}
	_, fails := m.fleet.fault(FaultPuppet, m.name)
	switch {
	case fails:
		report.Status, report.Failed = "failed", 1
		report.Failures = []runpuppet.ResourceFailure{{Resource: resources[2], Message: errSimulated.Error()}}
		d.code = 4
	case applied:
	case env["AIOLOS_PUPPET_NOOP"] == "true":
		report.OutOfSync = len(resources)
		for _, r := range resources {
			report.Drifted = append(report.Drifted, runpuppet.ResourceDrift{Resource: r, Message: "simulated as not there yet"})
		}
	default:
		report.Status, report.Changed, report.OutOfSync, report.ChangedResources = "changed", len(resources), len(resources), resources
		d.then = func() {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.applied[what] = true
		}
	}
	d.report, _ = json.Marshal(report) // plain data always encodes
	d.last = fmt.Sprintf("simulated: Puppet %s %d resources", report.Status, report.Changed)
	return d
}
