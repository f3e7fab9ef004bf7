package timing

import (
	"time"

	"aiolos/deploy"
)

// Record is what is known of an operation's course.
type Record struct {
	// Status is what the operation says of itself.
	Status deploy.Status
	// Plan is what it carries out.
	Plan *deploy.Plan
	// Deeds are its activities, in any order. Where some are not known, the time of
	// their steps counts as work.
	Deeds []Deed
	// Began and Ended bound the operation. Of one that still runs, Ended is now.
	Began, Ended time.Time
	Running      bool
}

// Deed is an activity.
type Deed struct {
	// ID is the activity's: "plan", "launch/0", or a step with a node, "configure/storage-0".
	ID string
	// Scheduled is when it was asked for, Started when a worker took its last attempt,
	// Ended when that ended. The last two are zero where that has not happened.
	Scheduled, Started, Ended time.Time
	// Attempts is how many there were.
	Attempts int
}

// Steps that an operation has beside those of its status. They are on no node.
const (
	// StepPlan makes the plan.
	StepPlan = "plan"
	// StepRollback unmakes what was made.
	StepRollback = "rollback"
)
