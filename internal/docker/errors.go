package docker

import (
	"errors"
	"fmt"

	"github.com/moby/moby/client"

	"aiolos/deploy"
)

// NameError says that a name cannot become part of a container's or a file's name.
type NameError struct {
	What string
	Name string
}

func (e *NameError) Error() string {
	if e.What == "device" {
		return fmt.Sprintf("the device %q is not of the form /dev/NAME", e.Name)
	}
	return fmt.Sprintf("the %s name %q must be 1 to 63 letters, digits, - and _ (for a lab or a network also .), the first a letter or digit", e.What, e.Name)
}

// EngineError says that the engine could not be reached, or refused.
type EngineError struct {
	Op   string
	Host string
	Err  error
}

func (e *EngineError) Error() string {
	message := fmt.Sprintf("Docker engine: %s: %v", e.Op, e.Err)
	if client.IsErrConnectionFailed(e.Err) {
		message += "; see that the engine runs, that this user may use it (group docker), and that DOCKER_HOST is right if it is set"
	}
	return message
}

func (e *EngineError) Unwrap() error { return e.Err }

// Kind tells that it is the provider that failed.
func (e *EngineError) Kind() deploy.Kind { return deploy.KindLaunch }

// LaunchError says that one node could not be launched. What was made of it
// stays, for the next attempt or for Terminate.
type LaunchError struct {
	Node string
	Op   string
	// Log holds the last lines of the node's console, where there are any.
	Log []string
	Err error
}

func (e *LaunchError) Error() string {
	return fmt.Sprintf("launch %s: %s: %v", e.Node, e.Op, e.Err)
}

func (e *LaunchError) Unwrap() error { return e.Err }

// Kind tells that a machine could not be launched.
func (e *LaunchError) Kind() deploy.Kind { return deploy.KindLaunch }

// Evidence shows the end of the node's console.
func (e *LaunchError) Evidence() []string { return e.Log }

// DiskError says that data disks could not be attached or detached.
type DiskError struct {
	Op string
	// Exit is the exit code of the script that does it.
	Exit int64
	// Log holds the last lines that it printed.
	Log []string
}

func (e *DiskError) Error() string {
	return fmt.Sprintf("%s data disks: the helper's script ended with exit code %d", e.Op, e.Exit)
}

// Kind tells that a machine could not be given its disks, or freed of them.
func (e *DiskError) Kind() deploy.Kind { return deploy.KindLaunch }

// Evidence shows the last lines of the helper's script.
func (e *DiskError) Evidence() []string { return e.Log }

func engineError(cli *client.Client, op string, err error) error {
	if err == nil {
		return nil
	}
	return &EngineError{Op: op, Host: cli.DaemonHost(), Err: err}
}

// nodeError is a LaunchError, unless the engine itself is what failed.
func (p *Provider) nodeError(node, op string, err error) error {
	var known *LaunchError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case client.IsErrConnectionFailed(err):
		return engineError(p.cli, op, err)
	}
	return &LaunchError{Node: node, Op: op, Err: err}
}
