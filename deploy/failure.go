package deploy

import "strings"

// Kind names a sort of failure. It travels as the type of the Temporal
// application error, so that callers in any language can tell failures apart.
type Kind string

// The kinds of failure.
const (
	// KindInvalidRequest: the request, the blueprint or a parameter is wrong. Nothing was done.
	KindInvalidRequest Kind = "InvalidRequest"
	// KindLaunch: the provider could not launch, find or terminate machines.
	KindLaunch Kind = "Launch"
	// KindUnreachable: a node does not answer over SSH.
	KindUnreachable Kind = "Unreachable"
	// KindGone: a node's machine does not exist any more, as after a spot interruption.
	KindGone Kind = "Gone"
	// KindHostKey: a node shows another SSH host key than it was given. Never retried.
	KindHostKey Kind = "HostKey"
	// KindAuth: a node refuses the worker's SSH key.
	KindAuth Kind = "Auth"
	// KindJob: a step's command ended with an exit code other than 0.
	KindJob Kind = "Job"
	// KindJobLost: a step's command vanished without an exit code, as after a reboot.
	KindJobLost Kind = "JobLost"
	// KindPuppet: Puppet ran and some resources failed.
	KindPuppet Kind = "Puppet"
	// KindGluster: gluster refused or failed a command.
	KindGluster Kind = "Gluster"
	// KindConflict: something exists already with another definition than asked for.
	KindConflict Kind = "Conflict"
	// KindTimeout: what a step awaited did not come in time.
	KindTimeout Kind = "Timeout"
	// KindSource: a git source could not be fetched or has no such ref.
	KindSource Kind = "Source"
	// KindExpression: an expression of the blueprint cannot be evaluated.
	KindExpression Kind = "Expression"
	// KindRejected: a person decided that a step shall not go on.
	KindRejected Kind = "Rejected"
	// KindStep: one or more steps failed for good, so the deployment failed.
	KindStep Kind = "Step"
)

// Failure says what failed, where, and shows the evidence.
type Failure struct {
	// Kind is the sort of failure.
	Kind Kind `json:"kind"`
	// Step and Node say where; both may be left out.
	Step string `json:"step,omitempty"`
	Node string `json:"node,omitempty"`
	// Message is one line for a person.
	Message string `json:"message"`
	// Evidence is what the tool itself said: failed resources, the last lines of output.
	Evidence []string `json:"evidence,omitempty"`
}

// Error makes a Failure a Go error; the evidence follows the message, a line each.
func (f *Failure) Error() string {
	var b strings.Builder
	if f.Step != "" {
		b.WriteString(f.Step)
		if f.Node != "" {
			b.WriteString(" on " + f.Node)
		}
		b.WriteString(": ")
	}
	b.WriteString(f.Message)
	for _, e := range f.Evidence {
		b.WriteString("\n  " + e)
	}
	return b.String()
}

// Problem is one thing wrong with an input: which field, what was found, what
// is allowed.
type Problem struct {
	// Field is the path of the field, for example "parameters.nodes" or
	// "steps.pool.needs".
	Field string `json:"field"`
	// Value is what was found, as text.
	Value string `json:"value,omitempty"`
	// Allowed says what would have been right.
	Allowed string `json:"allowed"`
	// Line and Column tell where it stands in the blueprint, from 1; 0 where it is not in one.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
}

// InvalidError holds every problem found in one input. It is what all checks of
// requests, blueprints, parameters and names return.
type InvalidError struct{ Problems []Problem }
