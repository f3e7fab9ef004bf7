package hosts

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"aiolos/deploy"
)

// ImageError says that a node asks for an image, where machines have what they have.
type ImageError struct {
	Image string
	Known []string
}

func (e *ImageError) Error() string {
	if len(e.Known) == 0 {
		return fmt.Sprintf("image %q: machines that exist get no image; allowed is to name none", e.Image)
	}
	return fmt.Sprintf("unknown image %q; known are: %s", e.Image, strings.Join(e.Known, ", "))
}

// Kind tells that the request asks for what the operator has not mapped.
func (e *ImageError) Kind() deploy.Kind { return deploy.KindInvalidRequest }

// NameError says that a name cannot stand in a lease, or in a path.
type NameError struct {
	What, Name string
}

func (e *NameError) Error() string {
	if e.What == "device" {
		return fmt.Sprintf("device %q; allowed is %s", e.Name, deploy.DeviceNames.Allowed)
	}
	return fmt.Sprintf("the %s name %q; allowed are %s", e.What, e.Name, hostNameAllowed)
}

// Kind tells that the request is wrong.
func (e *NameError) Kind() deploy.Kind { return deploy.KindInvalidRequest }

// LeaseTextError says that what stands on a machine is no lease. Somebody holds it,
// as far as anyone knows.
type LeaseTextError struct {
	Text, Problem string
}

func (e *LeaseTextError) Error() string {
	text := e.Text
	if len(text) > 200 {
		text = text[:200] + "…"
	}
	return fmt.Sprintf("the lease cannot be read: %s; it is %s", e.Problem, strconv.Quote(text))
}

// MachineError says that a machine's lease could not be seen or changed.
type MachineError struct {
	Machine string
	// Op is "look", "take", "drop" or "undo".
	Op string
	// Exit and Said are the script's, where it ran.
	Exit int
	Said []string
	Err  error
}

func (e *MachineError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("machine %s: %s lease: %v", e.Machine, e.Op, e.Err)
	}
	return fmt.Sprintf("machine %s: %s lease: exit code %d: %s", e.Machine, e.Op, e.Exit, strings.Join(e.Said, "; "))
}

func (e *MachineError) Unwrap() error { return e.Err }

// Kind is that of what went wrong underneath, so that a wrong host key stays one.
func (e *MachineError) Kind() deploy.Kind {
	var kinded interface{ Kind() deploy.Kind }
	var text *LeaseTextError
	switch {
	case errors.As(e.Err, &kinded):
		return kinded.Kind()
	case errors.As(e.Err, &text):
		return deploy.KindConflict
	}
	return deploy.KindLaunch
}

// UnknownError says that it is not known who has some machines, where that had to
// be known. What could be done without them has been done.
type UnknownError struct {
	Deployment string
	// Needed says what for, such as "storage-0 may be on one of them".
	Needed string
	// Machines says for each of them why.
	Machines []*MachineError
}

func (e *UnknownError) Error() string {
	names := make([]string, len(e.Machines))
	for i, m := range e.Machines {
		names[i] = m.Machine
	}
	return fmt.Sprintf("it is not known who has %s, and %s; bring them back, or set out_of_service in the inventory for those that are gone for good: %v",
		strings.Join(names, ", "), e.Needed, e.Machines[0])
}

// Unwrap returns what went wrong with each.
func (e *UnknownError) Unwrap() []error {
	errs := make([]error, len(e.Machines))
	for i, m := range e.Machines {
		errs[i] = m
	}
	return errs
}

// Evidence shows what is wrong with each.
func (e *UnknownError) Evidence() []string {
	lines := make([]string, len(e.Machines))
	for i, m := range e.Machines {
		lines[i] = m.Error()
	}
	return lines
}

// Kind is the worst of its machines': one that is not worth a retry goes before one
// that may come back.
func (e *UnknownError) Kind() deploy.Kind {
	for _, m := range e.Machines {
		if k := m.Kind(); k != deploy.KindUnreachable && k != deploy.KindLaunch {
			return k
		}
	}
	return deploy.KindUnreachable
}

// TwiceError says that a node has two machines, which a person has to decide on:
// either may hold its data.
type TwiceError struct {
	Deployment, Node string
	Machines         []string
}

func (e *TwiceError) Error() string {
	return fmt.Sprintf("%s of %s is leased on several machines: %s; keep one, and remove the lease file of the others", e.Node, e.Deployment, strings.Join(e.Machines, ", "))
}

// Kind tells that what exists contradicts itself.
func (e *TwiceError) Kind() deploy.Kind { return deploy.KindConflict }

// RaceError says that others were quicker each time.
type RaceError struct {
	Deployment string
	Rounds     int
}

func (e *RaceError) Error() string {
	return fmt.Sprintf("in %d rounds, other deployments took machines that had been free for %s a moment before", e.Rounds, e.Deployment)
}

// Kind tells that it may go better next time.
func (e *RaceError) Kind() deploy.Kind { return deploy.KindLaunch }
