package config

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"aiolos/deploy"
	"aiolos/internal/hosts"
	"aiolos/internal/secretref"
)

// fill fills in the defaults.
func (c *Config) fill() {
	otherwise(&c.TaskQueue, "aiolos")
	otherwise(&c.Health.Listen, "127.0.0.1:7281")
	if names := c.Providers.Names(); len(names) == 1 {
		otherwise(&c.DefaultProvider, names[0])
	}
	otherwise(&c.DefaultProvider, "docker")
	otherwise(&c.SSH.User, "root")
	otherwise(&c.SSH.Port, 22)
	if c.CacheDir == "" {
		// Without a home directory there is no user's cache directory.
		c.CacheDir = "/var/cache/aiolos"
		if dir, err := os.UserCacheDir(); err == nil {
			c.CacheDir = filepath.Join(dir, "aiolos")
		}
	}
	if c.Gateway.URL == "" && len(c.Gateway.Listen) > 0 && reachable(c.Gateway.Listen[0]) {
		c.Gateway.URL = "http://" + c.Gateway.Listen[0]
	}
	if c.CodecServer != nil {
		otherwise(&c.CodecServer.Listen, "127.0.0.1:7282")
	}
	if d := c.Providers.Docker; d != nil {
		otherwise(&d.Lab, "lab")
		otherwise(&d.Network, "aiolos-"+d.Lab)
	}
}

func otherwise[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// reachable says whether an address that is listened on is one that others
// can use: one with a host that is not "every interface".
func reachable(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil || host == "" {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return err != nil || !addr.IsUnspecified()
}

// plainName is what a lab, a network or a profile may be called: it becomes a
// label and a part of the names of containers.
var plainName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$`)

const plainNameAllowed = "letters, digits, '_', '.' and '-', at most 63, the first a letter or digit"

// check finds what is wrong with a configuration whose defaults are filled in.
func (p *parser) check(c Config) {
	p.secrets(c)
	p.path("cache_dir", c.CacheDir)
	p.listen("health.listen", c.Health.Listen)
	p.log(c.Log)
	p.notifications(c.Notifications)
	if len(c.Gateway.Listen) == 0 {
		p.once("gateway.listen", "", "at least one host:port where nodes can reach the worker")
	}
	for i, listen := range c.Gateway.Listen {
		p.listen(fmt.Sprintf("gateway.listen[%d]", i), listen)
	}
	u, err := url.Parse(c.Gateway.URL)
	if len(c.Gateway.Listen) > 0 && (err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil) {
		p.once("gateway.url", c.Gateway.URL, "the http or https URL at which nodes reach the gateway, without a user")
	}
	p.payloads(c)
	if c.SSH.Port < 1 || c.SSH.Port > 65535 {
		p.once("ssh.port", strconv.Itoa(c.SSH.Port), "1 to 65535")
	}
	p.ssh(c.SSH)
	p.providers(c)
}

// providers checks what is said of each of them. What a provider itself checks is
// told with its place in this file.
func (p *parser) providers(c Config) {
	names := c.Providers.Names()
	if len(names) == 0 {
		p.once("providers", "", "at least one provider: docker, ec2 or hosts; or simulation, which deploys nothing")
		return
	}
	if !slices.Contains(names, c.DefaultProvider) {
		p.once("default_provider", c.DefaultProvider, "a provider that is configured: "+strings.Join(names, ", "))
	}
	if c.Providers.Docker != nil {
		p.docker(*c.Providers.Docker)
	}
	if c.Providers.EC2 != nil {
		p.all("providers.ec2.", c.Providers.EC2.Check())
	}
	if c.Providers.Hosts != nil {
		p.all("providers.hosts.", c.Providers.Hosts.Check())
	}
	if c.Providers.Simulation != nil {
		p.simulation(*c.Providers.Simulation)
	}
}

// all adds what a part found to be wrong with itself.
func (p *parser) all(prefix string, err error) {
	var invalid *deploy.InvalidError
	if errors.As(err, &invalid) {
		for _, problem := range invalid.Problems {
			p.once(prefix+problem.Field, problem.Value, problem.Allowed)
		}
	}
}

func (p *parser) secrets(c Config) {
	const allowed = "a reference (file:PATH, env:NAME, aws-sm:NAME[#KEY], aws-ssm:NAME)"
	switch {
	case c.Secret != "" && c.SecretFile != "":
		p.once("secret_file", c.SecretFile, "nothing, as there is a secret")
	case c.Secret == "" && !filepath.IsAbs(c.SecretFile):
		p.once("secret_file", c.SecretFile, "an absolute path; or secret in its place, "+allowed)
	}
	for _, r := range []struct{ field, text string }{{"secret", c.Secret}, {"older_secret", c.OlderSecret}} {
		// What stands there may be the secret itself, so it is not repeated.
		if _, err := secretref.Parse(r.field, r.text); r.text != "" && err != nil {
			p.once(r.field, deploy.Hidden, allowed)
		}
	}
}

func (p *parser) ssh(s SSH) {
	if s.Algorithms != "" && s.Algorithms != "standard" && s.Algorithms != "strict" {
		p.once("ssh.algorithms", s.Algorithms, "standard or strict")
	}
	p.all("ssh.", hosts.CheckBastions(s.Bastions))
}

func (p *parser) docker(d Docker) {
	const path = "providers.docker."
	if u, err := url.Parse(d.Host); d.Host != "" && (err != nil || u.Scheme == "") {
		p.once(path+"host", d.Host, "empty, or a URL such as unix:///var/run/docker.sock")
	}
	if !plainName.MatchString(d.Lab) {
		p.once(path+"lab", d.Lab, plainNameAllowed)
	}
	if !plainName.MatchString(d.Network) {
		p.once(path+"network", d.Network, plainNameAllowed)
	}
	p.dockerImages(d.Images)
	if len(d.Profiles) == 0 {
		p.once(path+"profiles", "", "at least one profile")
	}
	for _, name := range slices.Sorted(maps.Keys(d.Profiles)) {
		profile, at := d.Profiles[name], path+"profiles."+name
		if !plainName.MatchString(name) {
			p.once(at, name, plainNameAllowed)
		}
		if profile.Image == "" {
			p.once(at+".image", "", "the node image")
		}
		if profile.MemoryMB < 0 {
			p.once(at+".memory_mb", strconv.FormatInt(profile.MemoryMB, 10), "0 (no bound) or more")
		}
		p.disks(at, profile.Disks)
		// The negation refuses NaN as well.
		if !(profile.CPUs >= 0 && profile.CPUs <= 1<<16) {
			p.once(at+".cpus", strconv.FormatFloat(profile.CPUs, 'g', -1, 64), "0 (no bound) to 65536")
		}
	}
}

func (p *parser) dockerImages(images map[string]string) {
	const path = "providers.docker.images."
	for _, name := range slices.Sorted(maps.Keys(images)) {
		if name != "*" && !deploy.ImageNames.OK(name) {
			p.once(path+name, name, "* or "+deploy.ImageNames.Allowed)
		}
		if images[name] == "" {
			p.once(path+name, "", "the node image")
		}
	}
}

// once adds a problem unless the field, or one that it stands in, has one.
func (p *parser) once(field, value, allowed string) {
	for _, other := range p.problems {
		if other.Field == "the configuration" || other.Field == field || strings.HasPrefix(field, other.Field+".") {
			return
		}
	}
	p.problem(field, value, allowed)
}

func (p *parser) path(field, value string) {
	if !filepath.IsAbs(value) {
		p.once(field, value, "an absolute path")
	}
}

func (p *parser) listen(field, value string) {
	_, port, err := net.SplitHostPort(value)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		p.once(field, value, "host:port, the port 0 to 65535")
	}
}
