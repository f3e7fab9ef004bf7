package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// facts is facter.Collect's. There are a few facts, by dotted names.
func (m *machine) facts(ctx context.Context, args []string, t *terminal) int {
	if m.takes(ctx, timeFacter) != nil {
		return 255
	}
	known := map[string]any{
		"hostname": m.spec.Hostname, "fqdn": m.spec.Hostname, "ipaddress": m.address, "virtual": "simulation", "is_virtual": true,
		"networking.ip": m.address, "networking.hostname": m.spec.Hostname, "networking.fqdn": m.spec.Hostname,
		"os.family": "Debian", "os.name": "Simulation", "osfamily": "Debian", "operatingsystem": "Simulation",
		"processors.count": 1, "processorcount": 1, "memory.system.total_bytes": 1 << 30,
	}
	found := map[string]any{}
	for _, name := range args[min(2, len(args)):] {
		if value, ok := known[name]; ok {
			found[name] = value
			continue
		}
		// A structure is asked for as a whole, too.
		for dotted, value := range known {
			if inner, under := strings.CutPrefix(dotted, name+"."); under && !slices.Contains(args, dotted) {
				found[name] = put(found[name], inner, value)
			}
		}
	}
	text, _ := json.Marshal(found) // plain data always encodes
	fmt.Fprintf(t, "facter present\n%s\n", text)
	return 0
}

// put puts a value deep into a structure.
func put(in any, path string, value any) any {
	whole, _ := in.(map[string]any)
	if whole == nil {
		whole = map[string]any{}
	}
	first, rest, more := strings.Cut(path, ".")
	if more {
		value = put(whole[first], rest, value)
	}
	whole[first] = value
	return whole
}
