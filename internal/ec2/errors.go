package ec2

import (
	"fmt"
	"strings"

	"aiolos/deploy"
)

// SpecError says that EC2 cannot make a node as it is asked for. Nothing was done.
type SpecError struct {
	Node, Field, Value, Allowed string
}

func (e *SpecError) Error() string {
	return fmt.Sprintf("node %s: %s: found %q; allowed: %s", e.Node, e.Field, e.Value, e.Allowed)
}

// Kind tells that the request is wrong.
func (e *SpecError) Kind() deploy.Kind { return deploy.KindInvalidRequest }

// TagError says that a tag of an instance was changed by someone else.
type TagError struct {
	Instance, Key, Value, Allowed string
}

func (e *TagError) Error() string {
	return fmt.Sprintf("instance %s: tag %s: found %q; allowed: %s", e.Instance, e.Key, e.Value, e.Allowed)
}

// Kind tells that someone has to put it right.
func (e *TagError) Kind() deploy.Kind { return deploy.KindConflict }

// LookupError says that something the configuration names does not exist.
type LookupError struct {
	// What is the thing, such as "image" or "subnet", and Name what it was looked up by.
	What, Name string
	// Hint says what to do.
	Hint string
}

func (e *LookupError) Error() string {
	return fmt.Sprintf("%s %s: not found; %s", e.What, e.Name, e.Hint)
}

// Kind tells that machines cannot be launched.
func (e *LookupError) Kind() deploy.Kind { return deploy.KindLaunch }

// Temporary tells that it stays so until the operator acts.
func (e *LookupError) Temporary() bool { return false }

// OthersError says that something has the name that Aiolos would give, and is
// not tagged as Aiolos's.
type OthersError struct{ What, Name string }

func (e *OthersError) Error() string {
	return fmt.Sprintf("%s %s: it exists, and is not tagged as this worker's; rename or delete it", e.What, e.Name)
}

// Kind tells that someone else's is in the way.
func (e *OthersError) Kind() deploy.Kind { return deploy.KindConflict }

// CapacityError says that AWS has no room for a node, in any of the subnets that
// it may be in. It passes by itself, sooner or later.
type CapacityError struct {
	Node  string
	Tries []Try
}

// Try is one attempt to launch a node.
type Try struct {
	Subnet, Zone string
	// Err is what AWS said.
	Err *APIError
}

func (e *CapacityError) Error() string {
	return fmt.Sprintf("launch %s: AWS has no capacity in any of %d subnets; wait, or give the profile more zones or another instance type", e.Node, len(e.Tries))
}

// Kind tells that a machine could not be launched.
func (e *CapacityError) Kind() deploy.Kind { return deploy.KindLaunch }

// Temporary tells that it may pass: unless in no zone there is such a thing at all.
func (e *CapacityError) Temporary() bool {
	for _, t := range e.Tries {
		if t.Err.Code != codeUnsupported {
			return true
		}
	}
	return false
}

// Evidence shows what AWS said of each subnet.
func (e *CapacityError) Evidence() []string {
	var lines []string
	for _, t := range e.Tries {
		lines = append(lines, fmt.Sprintf("%s in %s: %s", t.Subnet, t.Zone, strings.Join(t.Err.Evidence(), "; ")))
	}
	return lines
}

// LaunchError says that a node's instance does not come to run.
type LaunchError struct {
	Node, Instance string
	// State is the instance's, "" where EC2 does not show it.
	State string
	// Code and Reason are what EC2 says of the state, where it does.
	Code, Reason string
	// Message says what is wrong, for a person.
	Message string
}

func (e *LaunchError) Error() string {
	return strings.Join(strings.Fields(fmt.Sprintf("launch %s: instance %s %s", e.Node, e.Instance, e.Message)), " ")
}

// Kind tells that a machine could not be launched.
func (e *LaunchError) Kind() deploy.Kind { return deploy.KindLaunch }

// Temporary tells whether another attempt may do better. EC2 begins the codes of
// reasons with whose fault it was.
func (e *LaunchError) Temporary() bool { return !strings.HasPrefix(e.Code, "Client.") }

// Evidence shows what EC2 says.
func (e *LaunchError) Evidence() []string {
	if e.Code == "" && e.Reason == "" {
		return nil
	}
	return []string{strings.TrimPrefix(e.Code+": "+strings.TrimPrefix(e.Reason, e.Code+": "), ": ")}
}

// TerminateError says that something of a deployment is not gone yet.
type TerminateError struct {
	// What is left, by ID.
	What []string
}

func (e *TerminateError) Error() string {
	return "terminate: still there: " + strings.Join(e.What, ", ")
}

// Kind tells that machines could not be terminated.
func (e *TerminateError) Kind() deploy.Kind { return deploy.KindLaunch }
