package deploy

import (
	"reflect"

	"go.yaml.in/yaml/v3"
)

// Bounds of groups.
const (
	maxCount  = 10_000 // nodes of a group
	maxDisks  = 20     // data disks of a node
	maxSizeGB = 64_000 // of a disk; more than any cloud's volume has
)

func (r *reader) readGroup(e entry) {
	field := join("groups", e.key)
	if !isGroupName(e.key) {
		r.add(e.at, field, e.key, groupNameAllowed)
	}
	g := groupSpec{name: e.key}
	fields := r.fields(e.value, field, "count", "profile", "disks")
	if fields == nil {
		return
	}
	g.count = r.setting(fields["count"], join(field, "count"), e.at, reflect.TypeFor[int]())
	g.profile = r.setting(fields["profile"], join(field, "profile"), e.at, reflect.TypeFor[string]())
	if n := fields["disks"]; n != nil {
		items := r.items(n, join(field, "disks"))
		if len(items) > maxDisks {
			r.add(at(n), join(field, "disks"), "more", "at most %d disks", maxDisks)
			items = nil
		}
		for i, item := range items {
			path := element(join(field, "disks"), i)
			disk := r.fields(item, path, "device", "size_gb")
			if disk == nil {
				continue
			}
			g.disks = append(g.disks, diskSpec{
				device: r.setting(disk["device"], join(path, "device"), at(item), reflect.TypeFor[string]()),
				size:   r.setting(disk["size_gb"], join(path, "size_gb"), at(item), reflect.TypeFor[int]()),
			})
		}
	}
	r.blueprint.groups = append(r.blueprint.groups, g)
}

// setting reads a value of type t in which expressions may refer to parameters.
func (r *reader) setting(n *yaml.Node, field string, within position, t reflect.Type) setting {
	if n == nil {
		r.add(within, field, "", "%s", kindAllowed(t))
		return setting{}
	}
	s := setting{at: at(n), field: field, value: r.value(n, field, 0, map[string]position{})}
	f := fitter{open: true, report: func(field, value, allowed string) { r.add(s.at, field, value, "%s", allowed) }}
	s.value = f.fit(s.value, t, field)
	r.checkExpressions(formPlan, s.value, field, func(string) position { return s.at })
	return s
}
