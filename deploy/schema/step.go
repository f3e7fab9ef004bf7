package schema

import "aiolos/deploy"

// duration is Go's notation; that it is from 1s to 720h, the reader sees to.
const duration = `^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$`

// step describes a step, which has exactly one action.
func (b blueprint) step() object {
	properties := object{
		"on": with("Where it runs: a group, one node of it such as storage[0], a list of these, or an expression that chooses nodes.",
			either(b.place(), items(b.place(), 1, deploy.MaxGroups))),
		"needs": with("The steps that have to be done first. Where a step runs on the same nodes, this node's own is meant, and else all.",
			items(ref("need"), 0, deploy.MaxNeeds)),
		"when":     with("A condition, which is evaluated for each node: where it is false, the step is skipped and counts as done.", orExpression(object{"type": "boolean"})),
		"parallel": with("On how many nodes it runs at once at most, in the order of their indexes.", orExpression(upTo(deploy.MaxNodes))),
		"timeout":  with("How long it may take on a node, from 1s to 720h, such as 10m or 1h30m.", object{"type": "string", "pattern": duration}),
		"retry":    with("How often a step that fails is attempted in all, and how long it rests in between.", b.retry()),
	}
	names := make([]string, len(b.actions))
	for i, a := range b.actions {
		properties[a.Name] = ref("action-" + a.Name)
		names[i] = a.Name
	}
	o := with("One action on some nodes, with what it needs first.", fields(properties, "on"))
	o["oneOf"] = choice(names...)
	return o
}

func (b blueprint) place() object {
	return either(object{"type": "string", "pattern": b.names["where it runs"].Pattern}, expression())
}

func (b blueprint) need() object {
	of := either(object{"enum": list{deploy.NeedOwn, deploy.NeedAll, deploy.NeedAny}}, upTo(deploy.MaxNodes), expression())
	return either(
		with("The name of the step.", b.name("step")),
		fields(object{
			"step": with("The name of the step.", b.name("step")),
			"of":   with("On which nodes it has to be done: on this one (own), on all or any of its nodes, or on that many.", of),
		}, "step"),
	)
}

func (b blueprint) retry() object {
	attempts := upTo(deploy.MaxAttempts)
	return either(attempts, fields(object{
		"attempts": with("How many attempts there are in all.", upTo(deploy.MaxAttempts)),
		"delay":    with("The pause between two attempts, such as 30s; 5s unless given.", object{"type": "string", "pattern": duration}),
	}, "attempts"))
}
