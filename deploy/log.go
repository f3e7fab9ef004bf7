package deploy

import "time"

// LogRequest asks for the output of jobs on a node. It is what the workflow Logs takes.
type LogRequest struct {
	// Deployment is the deployment's name, Node the machine as its status tells it.
	Deployment string `json:"deployment"`
	Node       Node   `json:"node"`
	// Step, where given, is the step whose jobs are wanted.
	Step string `json:"step,omitempty"`
	// Job is the ID of the job whose output is wanted; empty lists the jobs instead.
	Job string `json:"job,omitempty"`
	// Offset is from where on the output is wanted, in bytes.
	Offset int64 `json:"offset,omitempty"`
	// Wait asks for output that is still to come, where there is none yet.
	Wait bool `json:"wait,omitempty"`
}

// Log is the answer to a LogRequest.
type Log struct {
	// Jobs are those of the newest operation that ran any, the first started first.
	Jobs []LoggedJob `json:"jobs,omitempty"`
	// Text is a piece of a job's output, with its secrets masked.
	Text string `json:"text,omitempty"`
	// Offset is where the next piece begins, in bytes.
	Offset int64 `json:"offset,omitempty"`
	// More says that there is more already, Ended that nothing will come after.
	More  bool `json:"more,omitempty"`
	Ended bool `json:"ended,omitempty"`
}

// LoggedJob is a job whose output is kept on its node.
type LoggedJob struct {
	ID      string    `json:"id"`
	Step    string    `json:"step"`
	Attempt int       `json:"attempt"`
	Started time.Time `json:"started"`
}
