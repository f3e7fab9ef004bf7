package docker

import (
	"encoding/json"
	"strconv"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"aiolos/deploy"
)

// machine describes the container of a node. Devices are the loop devices of
// its disks, by the names that the node knows them by.
//
// A machine boots systemd, formats and mounts disks, and sets up a firewall.
// That needs the capabilities named here, but not --privileged, which some hosts
// refuse, and which would show it every device of the host.
func (p *Provider) machine(deployment string, spec deploy.NodeSpec, devices map[string]string) (client.ContainerCreateOptions, error) {
	disks, err := json.Marshal(spec.Disks)
	if err != nil {
		return client.ContainerCreateOptions{}, err
	}
	profile := p.profiles[spec.Profile]
	image, _ := p.imageOf(spec) // looked at before anything was made
	labels := map[string]string{
		labelLab:        p.lab,
		labelDeployment: deployment,
		labelGroup:      spec.Group,
		labelIndex:      strconv.Itoa(spec.Index),
		labelNode:       spec.Name,
		labelHostname:   spec.Hostname,
		labelDisks:      string(disks),
	}
	for name, value := range spec.Labels {
		labels[labelOwn+name] = value
	}
	if spec.Zones > 0 {
		labels[labelZone] = strconv.Itoa(spec.Zone)
	}
	mappings := []container.DeviceMapping{device("/dev/fuse", "/dev/fuse")}
	for _, d := range spec.Disks {
		mappings = append(mappings, device(devices[d.Device], d.Device))
	}
	return client.ContainerCreateOptions{
		Name: containerName(p.lab, deployment, spec.Name),
		Config: &container.Config{
			Hostname: spec.Hostname,
			Image:    image,
			Cmd:      []string{"/sbin/init"},
			// With a terminal, what systemd says while it boots is in the
			// container's log.
			Tty:    true,
			Labels: labels,
		},
		HostConfig: &container.HostConfig{
			NetworkMode: container.NetworkMode(p.network),
			CapAdd:      []string{"SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE", "MKNOD"},
			SecurityOpt: []string{"seccomp=unconfined", "apparmor=unconfined", "label=disable"},
			// /tmp may hold programs, as it may on an instance.
			Tmpfs: map[string]string{"/run": "mode=755", "/tmp": "exec,mode=1777"},
			// systemd keeps its units below the container's own control group,
			// which it finds by its path in the host's tree. With a namespace of
			// its own (the default with cgroup v2) it would take the host's root
			// for its own.
			Binds:        []string{"/sys/fs/cgroup:/sys/fs/cgroup:rw"},
			CgroupnsMode: container.CgroupnsModeHost,
			LogConfig:    container.LogConfig{Type: "json-file", Config: map[string]string{"max-size": "1m"}},
			Resources: container.Resources{
				Devices:  mappings,
				Memory:   profile.MemoryMB << 20,
				NanoCPUs: int64(profile.CPUs * 1e9),
			},
		},
		NetworkingConfig: &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{
			p.network: endpoint(spec, p.placeOf(spec)),
		}},
	}, nil
}

// endpoint is how a machine is on the network.
func endpoint(spec deploy.NodeSpec, place Place) *network.EndpointSettings {
	settings := &network.EndpointSettings{Aliases: append([]string{spec.Hostname}, place.Names...)}
	if place.Address.IsValid() {
		settings.IPAMConfig = &network.EndpointIPAMConfig{IPv4Address: place.Address}
	}
	return settings
}

func device(host, node string) container.DeviceMapping {
	return container.DeviceMapping{PathOnHost: host, PathInContainer: node, CgroupPermissions: "rwm"}
}
