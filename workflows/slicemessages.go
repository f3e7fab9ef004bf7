package workflows

import (
	"fmt"
	"time"

	"aiolos/deploy"
)

// Names by which a deployment's workflow and its slices reach each other. They are
// nobody else's business.
const (
	// SliceType is the workflow type of a slice: it takes a SliceInput and returns
	// the last Report.
	SliceType = "Slice"
	// ReportSignal carries a Report to the deployment's workflow, NewsSignal News to a slice.
	ReportSignal = "slice-report"
	NewsSignal   = "slice-news"
)

// SliceID is the workflow ID of the slice that a node belongs to, if its deployment
// is one of slices. It follows from the names alone, so that a node's signals
// find their way without asking.
func SliceID(deployment, node string) (id string, ok bool) {
	group, index, ok := deploy.SplitNodeName(node)
	return deployment + "/" + sliceName(group, index), ok
}

// sliceName says which indexes there are in a slice: "storage/100-199".
func sliceName(group string, index int) string {
	first := index - index%slicing.nodes
	return fmt.Sprintf("%s/%d-%d", group, first, first+slicing.nodes-1)
}

// Report tells what has happened in a slice since the last one.
type Report struct {
	Slice string      `json:"slice"`
	Steps []StepsNow  `json:"steps,omitempty"`
	Facts []Told      `json:"facts,omitempty"`
	Wants []FactNamed `json:"wants,omitempty"`
	// Changes are lines of what was changed; MoreChanges counts those that are left out.
	Changes     []string `json:"changes,omitempty"`
	MoreChanges int      `json:"more_changes,omitempty"`
	// Failures are all that there are now, if that is another than it was.
	Failures *[]deploy.Failure `json:"failures,omitempty"`
	// Idle says that nothing goes on in the slice, and nothing waits but for others.
	Idle bool `json:"idle,omitempty"`
	// Stopped are the redos that have come to where the node can be replaced.
	Stopped []int `json:"stopped,omitempty"`
}

// StepsNow is where a step stands on some nodes of a slice.
type StepsNow struct {
	Step  string           `json:"step"`
	State deploy.StepState `json:"state"`
	On    []OnNode         `json:"on"`
}

// statePassed is StepSkipped where it counts as done.
const statePassed deploy.StepState = "passed"

// OnNode is where it stands on one node, by its index in the group.
type OnNode struct {
	Index    int `json:"index"`
	Attempts int `json:"attempts,omitempty"`
	// From and To are when it was started and when it ended, in Unix milliseconds.
	From    int64  `json:"from,omitempty"`
	To      int64  `json:"to,omitempty"`
	Message string `json:"message,omitempty"`
	// Lacks says that it waits for a fact.
	Lacks bool `json:"lacks,omitempty"`
}

// Told is a fact of a node.
type Told struct {
	Node  string `json:"node"`
	Name  string `json:"name"`
	Value any    `json:"value"`
}

// FactNamed names a fact of a node.
type FactNamed struct {
	Node string `json:"node"`
	Fact string `json:"fact"`
}

// News tells a slice what has happened elsewhere, and what was decided.
type News struct {
	// Met are needs that are fulfilled for every node.
	Met []deploy.Need `json:"met,omitempty"`
	// Over are steps on its nodes that others have done.
	Over  []StepNamed `json:"over,omitempty"`
	Facts []Told      `json:"facts,omitempty"`
	// Decided are what was decided about steps that failed.
	Decided []Decided `json:"decided,omitempty"`
	// Plan is what has changed of the plan.
	Plan *PlanChange `json:"plan,omitempty"`
	// Redo are steps to stop and do anew.
	Redo []Redo `json:"redo,omitempty"`
	// Ending says that no further step may start; GiveUp that no fact will be told
	// any more; End that nothing is left to do for anybody.
	Ending bool `json:"ending,omitempty"`
	GiveUp bool `json:"give_up,omitempty"`
	End    bool `json:"end,omitempty"`
}

// StepNamed names a step on a node.
type StepNamed struct {
	Step string `json:"step"`
	Node string `json:"node"`
}

// Decided is what was decided about a step that failed.
type Decided struct {
	StepNamed
	Again bool `json:"again,omitempty"`
	// By is who skipped it.
	By string `json:"by,omitempty"`
}

// PlanChange is what a retry with other parameters changes.
type PlanChange struct {
	Parameters map[string]any `json:"parameters"`
	Steps      []deploy.Step  `json:"steps"`
}

// Redo has steps stopped, and done anew once that is said.
type Redo struct {
	Number int `json:"number"`
	// Stop are the steps to stop and forget. Their end is reported, as Stopped.
	Stop []StepNamed `json:"stop,omitempty"`
	// Unmet are needs that are no longer fulfilled.
	Unmet []deploy.Need `json:"unmet,omitempty"`
	// Go has them done anew; Instances are the machines that there are now.
	Go        bool             `json:"go,omitempty"`
	Instances deploy.Instances `json:"instances,omitempty"`
}

// Pace says how often a slice reports what is not urgent.
type Pace struct {
	// Every is after how long, in milliseconds; after Often reports it doubles with each.
	Every int64 `json:"every_ms"`
	Often int   `json:"often"`
	// Moves is how much has to have happened for a report before that.
	Moves int `json:"moves"`
	// Changes is how many lines of changes are reported in all.
	Changes int `json:"changes"`
}

// longestPace is the longest time between two reports while something goes on.
const longestPace = 10 * time.Minute

// after is how long to wait for the report of that number.
func (p Pace) after(sent int) time.Duration {
	pause := time.Duration(p.Every) * time.Millisecond
	for ; sent > p.Often && pause < longestPace; sent-- {
		pause *= 2
	}
	return min(pause, longestPace)
}

func (s StepNamed) on() stepOn { return stepOn{s.Step, s.Node} }
