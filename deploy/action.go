package deploy

// ActionType describes one kind of action to the reader of blueprints. The
// actions themselves live in the package activities, which hands their types in.
type ActionType struct {
	// Name is the key by which a step of a blueprint asks for the action.
	Name string
	// Doc says in one sentence what the action does.
	Doc string
	// Config is the zero value of the action's configuration struct. Its json
	// tags are the fields that a blueprint may set; a field without omitempty
	// has to be set.
	Config any
	// Check looks at a configuration whose expressions are evaluated, as a
	// pointer to the type of Config, and returns what is wrong with it; fields
	// are named relative to the configuration. It is called when the plan is
	// made, where facts that nobody knows yet are stood in for, and so must be
	// pure. May be nil.
	Check func(config any) []Problem
	// Produces names the facts of a node that the action is known to make,
	// given its configuration as the blueprint has it, expressions and all: it
	// shows who waits for whom. May be nil.
	Produces func(config map[string]any) []string
	// Files names the local files that a configuration refers to, as the
	// blueprint writes them. They travel with the request. May be nil.
	Files func(config map[string]any) []string
}
