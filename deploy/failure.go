package deploy

import "strings"

// Kind names a sort of failure. It travels as the type of the Temporal
// application error, so that callers in any language can tell failures apart.
type Kind string

// The kinds of failure. What follows "Remedy" tells a person what to do; the reference
// of the docs is made of both.
const (
	// KindInvalidRequest: the request, the blueprint or a parameter is wrong. Nothing was done.
	// Remedy: Correct what it names, and start again.
	KindInvalidRequest Kind = "InvalidRequest"
	// KindLaunch: the provider could not launch, find or terminate machines.
	// Remedy: Read the provider's words: permissions, quota, capacity or image. `aiolos doctor` looks at
	// each. Then retry.
	KindLaunch Kind = "Launch"
	// KindUnreachable: a node does not answer over SSH.
	// Remedy: See whether the machine runs, and what is between it and the worker: security groups,
	// routes, bastions, sshd. Then retry, or replace-node.
	KindUnreachable Kind = "Unreachable"
	// KindGone: a node's machine does not exist any more, as after a spot interruption.
	// Remedy: replace-node launches another in its place.
	KindGone Kind = "Gone"
	// KindHostKey: a node shows another SSH host key than it was given. Never retried.
	// Remedy: Find out who answers there before anything else. A machine that was made anew behind
	// Aiolos's back: replace-node; one of your own: correct its host_keys or known_hosts.
	KindHostKey Kind = "HostKey"
	// KindAuth: a node refuses the worker's SSH key.
	// Remedy: See whether the worker has the secret that the node was launched with (older_secret), or for
	// a machine of your own the right login. Then retry.
	KindAuth Kind = "Auth"
	// KindJob: a step's command ended with an exit code other than 0.
	// Remedy: The evidence is the last lines of its output, `aiolos logs` has all of it. Mend the cause on
	// the node or in a parameter, and retry.
	KindJob Kind = "Job"
	// KindJobLost: a step's command vanished without an exit code, as after a reboot.
	// Remedy: See why the node restarted or what ended the job, and retry: the step is begun anew, so it
	// should bear that.
	KindJobLost Kind = "JobLost"
	// KindPuppet: Puppet ran and some resources failed.
	// Remedy: The evidence names the resources and what Puppet said. Mend the cause, and retry: what is
	// right already is left alone.
	KindPuppet Kind = "Puppet"
	// KindGluster: gluster refused or failed a command.
	// Remedy: The evidence is gluster's own words. Mend the pool or volume, and retry; a brick or peer
	// that is busy is waited for without asking.
	KindGluster Kind = "Gluster"
	// KindConflict: something exists already with another definition than asked for.
	// Remedy: Compare the two definitions that it shows. Change the parameter (retry -p), or remove what
	// is there yourself if nobody needs it.
	KindConflict Kind = "Conflict"
	// KindTimeout: what a step awaited did not come in time.
	// Remedy: See on the node why it did not come (`aiolos logs`), and retry; or give the step a longer
	// timeout, and deploy again.
	KindTimeout Kind = "Timeout"
	// KindSource: a git source could not be fetched or has no such ref.
	// Remedy: See whether the worker reaches the repository, and whether the ref exists there. Then retry,
	// with another ref (retry -p) if need be.
	KindSource Kind = "Source"
	// KindExpression: an expression of the blueprint cannot be evaluated.
	// Remedy: Correct the blueprint, and deploy again.
	KindExpression Kind = "Expression"
	// KindRejected: a person decided that a step shall not go on.
	// Remedy: Mend what was objected to and retry, which asks again; or abort.
	KindRejected Kind = "Rejected"
	// KindStep: one or more steps failed for good, so the deployment failed.
	// Remedy: Look at the failures in its details: each has its own kind.
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
