package deploy

// Outline is what a blueprint says before its parameters are filled in, for
// those who draw or list it.
type Outline struct {
	Name        string
	Description string
	// Parameters stand in the order of the blueprint, as do Groups and Outputs.
	Parameters []Parameter
	Groups     []OutlineGroup
	// Steps stand in an order in which no step comes before one that it needs.
	Steps   []OutlineStep
	Outputs []OutlineOutput
}

// OutlineGroup is a group of like machines.
type OutlineGroup struct {
	Name string
	// Count is how many nodes the group has, as the blueprint writes it.
	Count string
	// Profile is the hardware profile, as the blueprint writes it.
	Profile string
	// Image is as the blueprint writes it; empty leaves it to the profile.
	Image string
	// Disks is how many data disks each node has.
	Disks int
	// Facts are the names of the facter facts that are collected on each node.
	Facts []string
}

// OutlineStep is one action, and what comes before it.
type OutlineStep struct {
	Name string
	// Action is the name of the action type, such as puppet or run.
	Action string
	// On is where the step runs, as the blueprint writes it.
	On string
	// Groups are the groups that it runs on; empty where an expression chooses
	// among all nodes.
	Groups []string
	// Whole tells that it runs on every node of each of Groups.
	Whole bool
	Needs []OutlineNeed
	// When is the condition as the blueprint writes it; empty means always.
	When string
	// Parallel bounds how many nodes it runs on at once, as the blueprint writes
	// it; empty means all.
	Parallel string
	// Retry is how many attempts it has in all; 0 where the blueprint does not say.
	Retry int
	// Timeout is in seconds; 0 where the blueprint does not say.
	Timeout int
	// Produces are the facts that it is known to make.
	Produces []string
	// Refers are the facts that its expressions refer to.
	Refers []OutlineRef
}

// OutlineNeed is a step that has to be done before.
type OutlineNeed struct {
	Step string
	// Of is on how many nodes: own, all, any, a number, or an expression as the
	// blueprint writes it.
	Of string
}

// OutlineRef is a fact that an expression refers to.
type OutlineRef struct {
	// Group is whose nodes' fact it is; empty where that is not known.
	Group string
	Fact  string
	// From is the step that is known to produce it; empty where that is not known.
	From string
	// Own tells that it is the fact of the very node that the step runs on.
	Own bool
}

// OutlineOutput is what the outcome tells.
type OutlineOutput struct {
	Name string
	// Value is as the blueprint writes it.
	Value string
}
