package schema

import "aiolos/deploy"

type name = deploy.NamePattern

// blueprint writes the schema of a blueprint.
type blueprint struct {
	names map[string]name
	// actions are the kinds of action that a step can ask for.
	actions []deploy.ActionType
}

// Blueprint returns the JSON Schema of a blueprint whose steps may ask for the
// actions.
func Blueprint(actions []deploy.ActionType) ([]byte, error) {
	b := blueprint{names: deploy.Patterns(), actions: actions}
	top := fields(object{
		"name":        with("The blueprint's name: "+b.names["blueprint"].Allowed+".", b.name("blueprint")),
		"description": with("What it deploys, for people.", object{"type": "string"}),
		"parameters":  with("What whoever deploys it may choose, by name. Expressions refer to ${params.NAME}.", named(b.names["parameter"], ref("parameter"))),
		"groups":      with("Groups of like machines, by name. A group's nodes are called NAME-0, NAME-1 and so on.", b.bounded("group", ref("group"), 1, deploy.MaxGroups)),
		"steps":       with("What happens on the nodes, by name. A step starts when its needs are done and the facts that it refers to are known.", b.bounded("step", ref("step"), 0, deploy.MaxSteps)),
		"outputs":     with("What the outcome tells, by name: texts with expressions.", named(b.names["output"], object{"type": "string"})),
	}, "name", "groups")
	top["$schema"] = dialect
	top["title"] = "Aiolos blueprint"
	top["description"] = "What to deploy: parameters, groups of machines, steps and outputs. ${…} holds CEL expressions; a literal ${ is written $${."
	defs := object{"parameter": b.parameter(), "group": b.group(), "disk": b.disk(), "step": b.step(), "need": b.need()}
	for _, a := range actions {
		defs["action-"+a.Name] = with(a.Doc, config(a))
	}
	top["$defs"] = defs
	return write(top)
}

// name is a literal name.
func (b blueprint) name(kind string) object {
	return object{"type": "string", "pattern": b.names[kind].Pattern}
}

func (b blueprint) bounded(kind string, value object, least, most int) object {
	o := named(b.names[kind], value)
	o["maxProperties"] = most
	if least > 0 {
		o["minProperties"] = least
	}
	return o
}

func (b blueprint) group() object {
	return with("A number of like machines.", fields(object{
		"count":   with("How many nodes there are: a number, or an expression over parameters.", orExpression(upTo(deploy.MaxCount))),
		"profile": with("The hardware profile, which the worker's configuration maps to an instance type, an image and disks.", matching(b.names["profile"])),
		"image":   with("What the nodes boot from, by a name that the worker's configuration maps; the profile's own unless given.", matching(b.names["image"])),
		"disks":   with("Data disks that each node has.", items(ref("disk"), 0, deploy.MaxDisks)),
		"facts":   with("Facts that facter is asked for on each node; expressions refer to ${node.NAME}.", items(b.name("fact"), 0, deploy.MaxFacts)),
		"labels":  with("Put on the machines as tags; expressions refer to ${node.labels.NAME}.", b.labels()),
		"zones":   with("Over how many zones the nodes are spread.", orExpression(upTo(deploy.MaxZones))),
	}, "count", "profile"))
}

func (b blueprint) labels() object {
	o := named(b.names["label"], matching(b.names["label value"]))
	o["maxProperties"] = deploy.MaxLabels
	return o
}

func (b blueprint) disk() object {
	return with("A block device of the node's own.", fields(object{
		"device":  with("The name that the node knows it by, for example /dev/xvdj.", matching(b.names["device"])),
		"size_gb": with("Its size in GB, which are 10^9 bytes.", orExpression(upTo(deploy.MaxSizeGB))),
	}, "device", "size_gb"))
}
