// Package nodeimage builds the images that the docker provider's machines run:
// Debian with systemd and sshd, booting like an instance of a cloud.
package nodeimage

import (
	"embed"
	"fmt"
	"io/fs"
)

// Variant is a kind of node image.
type Variant string

const (
	// Lab carries the packages of Puppet and GlusterFS, for speed, and reads
	// its user data with a first-boot unit of ours.
	Lab Variant = "lab"
	// Bare is like a cloud image: systemd, sshd and Debian's own cloud-init.
	Bare Variant = "bare"
)

const (
	// Label is on every image made here; its value is the variant.
	Label = "aiolos.image"
	// repository is the name of the images without their tag.
	repository = "aiolos-node"
)

//go:embed lab bare
var sources embed.FS

// files returns what the variant is built from.
func (v Variant) files() (fs.FS, error) {
	if v != Lab && v != Bare {
		return nil, fmt.Errorf("unknown variant of the node image %q; there are %q and %q", string(v), string(Lab), string(Bare))
	}
	return fs.Sub(sources, string(v))
}
