// Package graph makes a picture of a blueprint for a person to look at: its
// groups, its steps, what waits for what. It writes Mermaid and DOT; package
// svg draws.
package graph

// Graph is what the picture shows, in the order in which it is shown.
type Graph struct {
	Title       string
	Description string
	Groups      []Group
	// Steps stand in an order in which no step comes before one that it needs.
	Steps []Step
	Facts []Fact
	Edges []Edge
}

// Group is a frame around the steps of like machines.
type Group struct {
	Name string
	// Lines say which machines they are, in plain words.
	Lines []string
}

// Step is a box.
type Step struct {
	// ID is unique among steps and facts, and made of ASCII letters and digits.
	ID   string
	Name string
	// Action says in plain words what is done.
	Action string
	// Groups are the names of the frames that it stands in. Of several, it stands
	// across them; of none, across all.
	Groups []string
	// Notes say on which nodes, how many at a time, on which condition.
	Notes []string
	// State is empty in a picture of what has not been started.
	State State
}

// Fact is a small mark for a fact that no step is known to produce.
type Fact struct {
	// ID is unique among steps and facts, and made of ASCII letters and digits.
	ID   string
	Name string
	// Group is the name of the frame that it stands in; empty is outside of all.
	Group string
}

// Kind is what an arrow means.
type Kind int

// The kinds of arrows.
const (
	// Needs leads to a step from one that has to be done before: a solid arrow.
	Needs Kind = iota
	// Refers leads to a step from where a fact comes from that it refers to: a
	// dashed arrow.
	Refers
)

// Edge is an arrow.
type Edge struct {
	// From and To are the IDs of its ends.
	From, To string
	Kind     Kind
	Label    string
}

// Across tells the frames that a step without one frame of its own stands in,
// by their position in Groups. A step in one frame has one.
func (g *Graph) Across(s *Step) []int {
	var frames []int
	for i := range g.Groups {
		for _, name := range s.Groups {
			if g.Groups[i].Name == name {
				frames = append(frames, i)
				break
			}
		}
	}
	if len(frames) == 0 {
		for i := range g.Groups {
			frames = append(frames, i)
		}
	}
	return frames
}

// Mark sets the state of a step, and tells whether there is one of that name.
func (g *Graph) Mark(step string, state State) bool {
	for i := range g.Steps {
		if g.Steps[i].Name == step {
			g.Steps[i].State = state
			return true
		}
	}
	return false
}
