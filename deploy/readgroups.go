package deploy

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Bounds of groups.
const (
	maxCount  = 10_000 // nodes of a group
	maxDisks  = 20     // data disks of a node
	maxSizeGB = 64_000 // of a disk; more than any cloud's volume has
	maxFacts  = 100    // facter facts that are collected on a node
	maxLabels = 20     // labels of a node; EC2 allows 50 tags, of which some are ours
	maxZones  = 100    // zones that a group is spread over
)

func (r *reader) readGroup(e entry) {
	field := join("groups", e.key)
	if !isGroupName(e.key) {
		r.add(e.at, field, e.key, groupNameAllowed)
	}
	g := groupSpec{name: e.key, at: e.at}
	fields := r.fields(e.value, field, "count", "profile", "image", "disks", "facts", "labels", "zones")
	if fields == nil {
		return
	}
	g.count = r.setting(fields["count"], join(field, "count"), e.at, reflect.TypeFor[int]())
	g.profile = r.setting(fields["profile"], join(field, "profile"), e.at, reflect.TypeFor[string]())
	if n := fields["disks"]; n != nil {
		g.hasDisks = true
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
	if n := fields["image"]; n != nil {
		s := r.setting(n, join(field, "image"), e.at, reflect.TypeFor[string]())
		g.image = &s
	}
	if n := fields["zones"]; n != nil {
		s := r.setting(n, join(field, "zones"), e.at, reflect.TypeFor[int]())
		g.zones = &s
	}
	if n := fields["facts"]; n != nil {
		g.facts = r.readFacts(n, join(field, "facts"))
	}
	if n := fields["labels"]; n != nil {
		g.labels = r.readLabels(n, join(field, "labels"))
	}
	r.blueprint.groups = append(r.blueprint.groups, g)
}

// readFacts reads which facter facts are collected.
func (r *reader) readFacts(n *yaml.Node, field string) []string {
	items := r.items(n, field)
	if len(items) > maxFacts {
		r.add(at(n), field, strconv.Itoa(len(items)), "at most %d facts", maxFacts)
		return nil
	}
	var names []string
	for i, item := range items {
		name := r.text(item, element(field, i), factNameAllowed)
		top, _, _ := strings.Cut(name, ".")
		switch {
		case !factName.MatchString(name):
			r.add(at(item), element(field, i), r.what(item), "%s", factNameAllowed)
		case slices.Contains(planned, top):
			// Expressions would never see it.
			r.add(at(item), element(field, i), name, "no fact that the plan tells already: %s", strings.Join(planned, ", "))
		case slices.Contains(names, name):
			r.add(at(item), element(field, i), name, "each fact once")
		default:
			names = append(names, name)
		}
	}
	return names
}

// planned are the members of a node that the plan tells, whatever facter says.
var planned = []string{"name", "group", "index", "disks", "labels", "zone"}

func (r *reader) readLabels(n *yaml.Node, field string) []labelSpec {
	all := r.entries(n, field)
	if len(all) > maxLabels {
		r.add(at(n), field, strconv.Itoa(len(all)), "at most %d labels", maxLabels)
		return nil
	}
	var labels []labelSpec
	for _, e := range all {
		if !labelName.MatchString(e.key) {
			r.add(e.at, join(field, e.key), e.key, "%s", labelNameAllowed)
		}
		labels = append(labels, labelSpec{e.key, r.setting(e.value, join(field, e.key), e.at, reflect.TypeFor[string]())})
	}
	return labels
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
