package fleet

import (
	"errors"
	"fmt"
	"regexp"

	"aiolos/deploy"
)

// errSimulated is why something failed that was to fail.
var errSimulated = errors.New("a simulated fault")

// NameError says that nothing can be called so.
type NameError struct{ What, Name string }

func (e *NameError) Error() string {
	if e.What == "device" {
		return fmt.Sprintf("the device %q is not of the form /dev/NAME", e.Name)
	}
	return fmt.Sprintf("the %s name %q must be 1 to 63 letters, digits, - and _, the first a letter or digit", e.What, e.Name)
}

// LaunchError says that a node could not be launched.
type LaunchError struct {
	Node string
	Err  error
}

func (e *LaunchError) Error() string { return fmt.Sprintf("launch simulated %s: %v", e.Node, e.Err) }
func (e *LaunchError) Unwrap() error { return e.Err }

// Kind tells that a machine could not be launched.
func (e *LaunchError) Kind() deploy.Kind { return deploy.KindLaunch }

// CallError says that the fleet could not be asked, or did not understand.
type CallError struct {
	URL string
	Err error
}

func (e *CallError) Error() string {
	return fmt.Sprintf("the simulated fleet at %s: %v", e.URL, e.Err)
}
func (e *CallError) Unwrap() error { return e.Err }

// Kind tells that it is the provider that failed.
func (e *CallError) Kind() deploy.Kind { return deploy.KindLaunch }

var (
	namePattern   = regexp.MustCompile(`\A[A-Za-z0-9][A-Za-z0-9_-]{0,62}\z`)
	devicePattern = regexp.MustCompile(`\A/dev/[A-Za-z0-9][A-Za-z0-9_-]{0,31}\z`)
)

func checkName(what, name string) error {
	if !namePattern.MatchString(name) {
		return &NameError{What: what, Name: name}
	}
	return nil
}

func checkSpec(spec deploy.NodeSpec) error {
	for _, d := range spec.Disks {
		if !devicePattern.MatchString(d.Device) {
			return &NameError{What: "device", Name: d.Device}
		}
	}
	return errors.Join(checkName("node", spec.Name), checkName("group", spec.Group), checkName("host", spec.Hostname))
}
