package docker

import (
	"errors"
	"path"
	"regexp"
	"strings"

	"github.com/moby/moby/api/types/container"

	"aiolos/deploy"
)

// The labels by which everything is found again. Secrets are never among them.
const (
	labelLab        = "aiolos.lab"
	labelDeployment = "aiolos.deployment"
	labelGroup      = "aiolos.group"
	labelIndex      = "aiolos.index"
	labelNode       = "aiolos.node"
	labelHostname   = "aiolos.hostname"
	labelDisks      = "aiolos.disks"
	labelZone       = "aiolos.zone"
	// labelOwn begins the labels that a blueprint gives.
	labelOwn = "aiolos.label."
	// labelFixed is on networks whose subnet was asked for.
	labelFixed = "aiolos.fixed"
	// labelHelper is on the short-lived containers that attach and detach disks.
	labelHelper = "aiolos.helper"
	// labelImage is on the volume of the disks: the image that its helpers run.
	labelImage = "aiolos.image"
)

var (
	// The name of a node becomes part of a container's name, and of a file name
	// in which parts are told apart by dots.
	namePattern   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`)
	objectPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$`)
	devicePattern = regexp.MustCompile(`^/dev/[A-Za-z0-9][A-Za-z0-9_-]{0,31}$`)
)

func checkName(what, name string) error {
	if !namePattern.MatchString(name) {
		return &NameError{What: what, Name: name}
	}
	return nil
}

// checkObject checks the name of a lab or a network, which only the engine sees.
func checkObject(what, name string) error {
	if !objectPattern.MatchString(name) {
		return &NameError{What: what, Name: name}
	}
	return nil
}

// checkSpec makes sure that everything in the specification that becomes part
// of a name or a path may.
func checkSpec(spec deploy.NodeSpec) error {
	if err := errors.Join(checkName("node", spec.Name), checkName("group", spec.Group), checkName("host", spec.Hostname)); err != nil {
		return err
	}
	for _, d := range spec.Disks {
		if !devicePattern.MatchString(d.Device) {
			return &NameError{What: "device", Name: d.Device}
		}
	}
	return nil
}

// containerName is the name of a node's container. That two containers cannot
// have one name is what keeps concurrent attempts from launching a node twice.
func containerName(lab, deployment, node string) string {
	return "aiolos-" + lab + "-" + deployment + "-" + node
}

// volumeName is the name of the volume that holds the data disks of a lab.
func volumeName(lab string) string { return "aiolos-" + lab + "-disks" }

// diskFile is the name of the file behind a data disk.
func diskFile(deployment, node string, disk deploy.Disk) string {
	return diskPrefix(deployment, node) + path.Base(disk.Device) + ".img"
}

// diskPrefix is what the names of a node's disk files begin with, and of no
// other node's; without a node, those of a deployment.
func diskPrefix(deployment string, node ...string) string {
	return strings.Join(append([]string{deployment}, node...), ".") + "."
}

// nodeOf is the name of the node whose disk the file is.
func nodeOf(file string) string {
	if parts := strings.Split(file, "."); len(parts) > 1 {
		return parts[1]
	}
	return file
}

// nameOf is the name of a container, or its ID should it have none.
func nameOf(c container.Summary) string {
	if len(c.Names) == 0 {
		return c.ID
	}
	return strings.TrimPrefix(c.Names[0], "/")
}
