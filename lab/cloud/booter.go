package cloud

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"aiolos/deploy"
	"aiolos/internal/docker"
)

const (
	// deployment is what the machines of all instances belong to in the engine.
	deployment = "instances"
	profile    = "instance"
	// poll is the time between two looks at what there is: EC2 tells nobody.
	poll = 200 * time.Millisecond
)

// Config is what a Booter has to know.
type Config struct {
	// EC2 is the API that tells which instances there are, and VPC where.
	EC2 *ec2.Client
	VPC string
	// Lab, Network and Image are what the machines are made of; see docker.Config
	// and docker.EnsureFixedNetwork.
	Lab, Network, Image string
	// Say is told what goes wrong, once for each thing in a row; nil means nobody.
	Say func(string)
}

// Booter boots machines for instances.
type Booter struct {
	cfg     Config
	engine  *docker.Provider
	seen    map[string]look
	mu      sync.Mutex
	booting map[string]machine
}

// look is what was seen of an instance, and since when.
type look struct {
	volumes int
	since   time.Time
}

// settle is for how long an instance has to look alike before it boots: moto shows
// instances before it attaches their volumes.
const settle = 500 * time.Millisecond

// New returns a booter. It does nothing until Run.
func New(cfg Config) (*Booter, error) {
	b := &Booter{cfg: cfg, seen: map[string]look{}, booting: map[string]machine{}}
	var err error
	b.engine, err = docker.New(docker.Config{
		Lab: cfg.Lab, Network: cfg.Network, Place: b.place,
		Profiles: map[string]docker.Profile{profile: {Image: cfg.Image}},
	})
	return b, err
}

// Run keeps the machines as the instances are until ctx ends. The machines stay.
func (b *Booter) Run(ctx context.Context) error {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	said := ""
	for {
		err := b.Reconcile(ctx)
		if ctx.Err() != nil {
			return b.engine.Close()
		}
		if text := fmt.Sprint(err); err != nil && text != said && b.cfg.Say != nil {
			said = text
			b.cfg.Say("the machines of instances: " + text)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// Reconcile boots the machines that are missing, and removes those whose instances
// are no more, with their disks.
func (b *Booter) Reconcile(ctx context.Context) error {
	wanted, err := b.live(ctx)
	if err != nil {
		return err
	}
	there, err := b.engine.Find(ctx, deployment)
	if err != nil {
		return err
	}
	missing := maps.Clone(wanted)
	var surplus []string
	for _, m := range there {
		if _, ok := wanted[m.Node]; !ok {
			surplus = append(surplus, m.Node)
		}
		delete(missing, m.Node)
	}
	if len(surplus) > 0 {
		if _, err := b.engine.Terminate(ctx, deployment, surplus); err != nil {
			return err
		}
	}
	var launches []deploy.Launch
	var wrong []error
	for _, id := range slices.Sorted(maps.Keys(missing)) {
		if !b.settled(id, len(missing[id].BlockDeviceMappings)) {
			continue
		}
		m, err := b.machineOf(ctx, missing[id])
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		b.mu.Lock()
		b.booting[id] = m
		b.mu.Unlock()
		launches = append(launches, m.launch)
	}
	if len(launches) > 0 {
		_, err = b.engine.Launch(ctx, deployment, launches)
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}

// settled says whether an instance is as it will stay.
func (b *Booter) settled(id string, volumes int) bool {
	if before, ok := b.seen[id]; !ok || before.volumes != volumes {
		b.seen[id] = look{volumes, time.Now()}
	}
	return time.Since(b.seen[id].since) >= settle
}

// linksFile says which links to volumes there are (tmpfiles.d(5)).
const linksFile = "/etc/tmpfiles.d/ebs.conf"

// place says how a machine stands among the others.
func (b *Booter) place(spec deploy.NodeSpec) docker.Place {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := b.booting[spec.Name]
	// There is no udev in a container that would make the links.
	var links strings.Builder
	for _, path := range slices.Sorted(maps.Keys(m.links)) {
		fmt.Fprintf(&links, "L+ %s - - - - %s\n", path, m.links[path])
	}
	place := docker.Place{Address: m.address, Names: m.names}
	if len(m.links) > 0 {
		place.Files = map[string]string{
			linksFile: links.String(),
			// systemd itself leaves /dev out there, and what is for /dev is no matter of containers.
			"/etc/systemd/system/systemd-tmpfiles-setup.service.d/ebs.conf": "[Service]\nExecStartPost=systemd-tmpfiles --create " + linksFile + "\n",
		}
	}
	return place
}

// shortName is a host name without its domain.
func shortName(name string) string {
	short, _, _ := strings.Cut(name, ".")
	return short
}
