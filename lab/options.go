package main

import (
	"net"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/spf13/pflag"

	"aiolos/deploy"
	"aiolos/internal/nodeimage"
	"aiolos/lab/server"
	"aiolos/lab/state"
)

// which says which lab is meant.
type which struct {
	name  string
	state string
}

func (w *which) register(flags *pflag.FlagSet) {
	flags.StringVar(&w.name, "name", "lab", "the lab's name; all that it makes in Docker carries it")
	flags.StringVar(&w.state, "state", "", "the directory of its state (default /var/lib/aiolos/NAME for root, else $XDG_STATE_HOME/aiolos/NAME)")
}

// labName is what a lab may be called: its name becomes a part of the names of
// a network, of containers and of a directory.
var labName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,30}$`)

// dir checks the input and returns the absolute state directory.
func (w *which) dir() (state.Dir, error) {
	if problems := w.problems(); len(problems) > 0 {
		return "", &deploy.InvalidError{Problems: problems}
	}
	if w.state == "" {
		return state.Default(w.name)
	}
	path, err := filepath.Abs(w.state)
	return state.Dir(path), err
}

func (w *which) problems() []deploy.Problem {
	if labName.MatchString(w.name) {
		return nil
	}
	return []deploy.Problem{{Field: "--name", Value: w.name, Allowed: "lower-case letters, digits and '-', at most 31, the first a letter or digit"}}
}

// options say what lab is to be up.
type options struct {
	which
	variant, provider                               string
	temporal, http, ui, gateway, health, ec2, codec int
	simulation
	// encrypt has the worker encrypt payloads. What was encrypted once needs the keys
	// for good, so the lab's state remembers it.
	encrypt bool
}

// loopback are the ports on loopback.
func (o *options) loopback() []port {
	ports := []port{
		{"--temporal-port", o.temporal, "Temporal"},
		{"--http-port", o.http, "Temporal's HTTP interface"},
		{"--ui-port", o.ui, "Temporal's UI"},
		{"--health-port", o.health, "the worker's health"},
	}
	if o.encrypt {
		ports = append(ports, o.codecPort())
	}
	if o.simulate {
		ports = append(ports, o.fleetPorts()...)
	}
	return ports
}

// ec2Port is that of moto, which may run already when the lab starts.
func (o *options) ec2Port() port { return port{"--ec2-port", o.ec2, "the simulated EC2"} }

// codecPort is used where payloads are encrypted.
func (o *options) codecPort() port { return port{"--codec-port", o.codec, "the codec server"} }

// gatewayPort is the port on the lab's own network.
func (o *options) gatewayPort() port { return port{"--gateway-port", o.gateway, "the signal gateway"} }

func (o *options) ports() []port { return append(o.loopback(), o.gatewayPort()) }

func (o *options) register(flags *pflag.FlagSet) {
	o.which.register(flags)
	flags.StringVar(&o.provider, "provider", onDocker, `where nodes come from: "docker" makes containers, "ec2" asks a simulated EC2 (moto) for instances, which boot as containers`)
	flags.StringVar(&o.variant, "variant", "", `the node image: "lab" has Puppet's and GlusterFS's packages, "bare" is like a cloud image (default "lab", or "bare" for ec2)`)
	flags.IntVar(&o.temporal, "temporal-port", 7233, "port of Temporal on loopback")
	flags.IntVar(&o.http, "http-port", 7243, "port of Temporal's HTTP interface on loopback")
	flags.IntVar(&o.ui, "ui-port", 8233, "port of Temporal's UI on loopback")
	flags.IntVar(&o.gateway, "gateway-port", 7280, "port of the signal gateway on the lab's own network")
	flags.IntVar(&o.ec2, "ec2-port", 7285, "port of the simulated EC2 on loopback")
	flags.IntVar(&o.health, "health-port", 7281, "port of the worker's health on loopback")
	o.simulation.register(flags)
	flags.BoolVar(&o.encrypt, "encrypt", false, "encrypt payloads, and run a codec server by which the UI shows them; a lab that was encrypted once stays so")
	flags.IntVar(&o.codec, "codec-port", 7282, "port of the codec server on loopback, where payloads are encrypted")
}

// arguments are the flags that give the same options to another process.
func (o *options) arguments(dir state.Dir) []string {
	args := []string{"--name", o.name, "--state", string(dir), "--variant", o.variant, "--provider", o.provider, "--encrypt=" + strconv.FormatBool(o.encrypt)}
	args = append(args, o.simulation.arguments()...)
	ports := append(o.ports(), o.ec2Port())
	if !o.encrypt {
		// The lab's state may know better.
		ports = append(ports, o.codecPort())
	}
	for _, p := range ports {
		args = append(args, p.flag, strconv.Itoa(p.number))
	}
	return args
}

// check returns all that is wrong with the options, at once.
func (o *options) check() error {
	problems := append(o.which.problems(), o.simulation.problems(&o.provider)...)
	if o.provider == deploy.ProviderSimulation && o.simulate {
		o.variant = string(nodeimage.Lab)
	} else if o.provider != onDocker && o.provider != onEC2 {
		problems = append(problems, deploy.Problem{Field: "--provider", Value: o.provider, Allowed: "docker or ec2; or --simulate"})
	}
	if o.variant == "" {
		o.variant = string(nodeimage.Lab)
		if o.provider == onEC2 {
			o.variant = string(nodeimage.Bare)
		}
	}
	if v := nodeimage.Variant(o.variant); v != nodeimage.Lab && v != nodeimage.Bare {
		problems = append(problems, deploy.Problem{Field: "--variant", Value: o.variant, Allowed: "lab or bare"})
	}
	taken := map[int]string{}
	for _, p := range append(o.ports(), o.ec2Port()) {
		text := strconv.Itoa(p.number)
		if p.number < 1 || p.number > 65535 {
			problems = append(problems, deploy.Problem{Field: p.flag, Value: text, Allowed: "1 to 65535"})
		} else if other, ok := taken[p.number]; ok {
			problems = append(problems, deploy.Problem{Field: p.flag, Value: text, Allowed: "another port than " + other})
		}
		taken[p.number] = p.flag
	}
	if len(problems) > 0 {
		return &deploy.InvalidError{Problems: problems}
	}
	return nil
}

// network is the name of the lab's Docker network.
func (o *options) network() string { return "aiolos-" + o.name }

// record is what the lab tells about itself, as far as it is known beforehand.
func (o *options) record(dir state.Dir) state.Record {
	on := func(port int) string { return net.JoinHostPort(server.Host, strconv.Itoa(port)) }
	r := state.Record{
		Name: o.name, Temporal: on(o.temporal),
		HTTP: "http://" + on(o.http), UI: "http://" + on(o.ui), Health: "http://" + on(o.health),
		Provider: o.provider, Variant: o.variant, Network: o.network(), State: string(dir), Logs: filepath.Dir(dir.LabLog()),
	}
	if o.encrypt {
		r.Codec, r.PayloadKeys = "http://"+on(o.codec), dir.PayloadKeys()
	}
	return r
}
