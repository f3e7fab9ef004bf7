package hosts

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"

	"aiolos/deploy"
)

var (
	hostName  = regexp.MustCompile(`\A[A-Za-z0-9][A-Za-z0-9._-]{0,62}\z`)
	address   = regexp.MustCompile(`\A[A-Za-z0-9:][A-Za-z0-9.:%_-]{0,252}\z`)
	userName  = regexp.MustCompile(`\A[A-Za-z_][A-Za-z0-9._@-]{0,63}\z`)
	labelName = regexp.MustCompile(`\A[A-Za-z][A-Za-z0-9_./-]{0,62}\z`)
)

const (
	hostNameAllowed  = "1 to 63 letters, digits, dots, hyphens and underscores, a letter or digit first"
	addressAllowed   = "an IP address or a host name, without a port"
	userNameAllowed  = "1 to 64 letters, digits and ._@-, a letter or underscore first"
	labelNameAllowed = "1 to 63 letters, digits and _./-, a letter first"
	pathAllowed      = "an absolute path"
	policyAllowed    = "standard or strict"
)

// Check finds all that is wrong with an inventory, without looking at any file. The
// error is a *deploy.InvalidError.
func (i Inventory) Check() error {
	c := &checker{}
	c.policy("algorithms", i.Algorithms)
	c.paths("known_hosts", i.KnownHosts)
	c.login("login", i.Login)
	bastions := map[string]bool{}
	for n, b := range i.Bastions {
		c.host(fmt.Sprintf("bastions[%d]", n), b.Host, bastions, i)
	}
	if len(i.Machines) == 0 {
		c.add("machines", "", "at least one machine")
	}
	names := map[string]bool{}
	for n, m := range i.Machines {
		c.machine(fmt.Sprintf("machines[%d]", n), m, names, bastions, i)
	}
	if len(i.Profiles) == 0 {
		c.add("profiles", "", "at least one profile")
	}
	for _, name := range slices.Sorted(maps.Keys(i.Profiles)) {
		at := "profiles." + name
		if !deploy.ProfileNames.OK(name) {
			c.add(at, name, deploy.ProfileNames.Allowed)
		}
		c.labels(at+".labels", i.Profiles[name].Labels)
		c.disks(at+".disks", i.Profiles[name].Disks)
	}
	for n, name := range i.Images {
		if name != "*" && !deploy.ImageNames.OK(name) {
			c.add(fmt.Sprintf("images[%d]", n), name, "* or "+deploy.ImageNames.Allowed)
		}
	}
	if len(c.problems) > 0 {
		return &deploy.InvalidError{Problems: c.problems}
	}
	return nil
}

// CheckBastions finds all that is wrong with a way that no inventory describes. The
// error is a *deploy.InvalidError.
func CheckBastions(bastions []Bastion) error {
	c := &checker{}
	names := map[string]bool{}
	for n, b := range bastions {
		c.host(fmt.Sprintf("bastions[%d]", n), b.Host, names, Inventory{})
	}
	if len(c.problems) > 0 {
		return &deploy.InvalidError{Problems: c.problems}
	}
	return nil
}

type checker struct{ problems []deploy.Problem }

func (c *checker) add(field, value, allowed string) {
	c.problems = append(c.problems, deploy.Problem{Field: field, Value: value, Allowed: allowed})
}

func (c *checker) machine(at string, m Machine, names, bastions map[string]bool, i Inventory) {
	c.host(at, m.Host, names, i)
	if m.Hostname != "" && !address.MatchString(m.Hostname) {
		c.add(at+".hostname", m.Hostname, "a host name or an IP address")
	}
	if m.Sudo != nil && m.Sudo.PasswordFile != "" {
		c.path(at+".sudo.password_file", m.Sudo.PasswordFile)
	}
	if m.Sudo == nil && m.User != "" && m.User != "root" {
		c.add(at+".sudo", "", "a mapping, possibly empty ({}), as user "+m.User+" is not root")
	}
	c.labels(at+".labels", m.Labels)
	c.disks(at+".disks", m.Disks)
	seen := map[string]bool{}
	for n, b := range m.Bastions {
		if !bastions[b] || seen[b] {
			c.add(fmt.Sprintf("%s.bastions[%d]", at, n), b, "the name of a bastion, once: "+list(bastions))
		}
		seen[b] = true
	}
}

func (c *checker) host(at string, h Host, names map[string]bool, i Inventory) {
	switch {
	case !hostName.MatchString(h.Name):
		c.add(at+".name", h.Name, hostNameAllowed)
	case names[h.Name]:
		c.add(at+".name", h.Name, "each name once")
	}
	names[h.Name] = true
	if h.Address != "" && !address.MatchString(h.Address) {
		c.add(at+".address", h.Address, addressAllowed)
	}
	if h.Port < 0 || h.Port > 65535 {
		c.add(at+".port", strconv.Itoa(h.Port), "1 to 65535; 22 if there is none")
	}
	if h.User != "" && !userName.MatchString(h.User) {
		c.add(at+".user", h.User, userNameAllowed)
	}
	for n, line := range h.HostKeys {
		_, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(line))
		if err != nil || len(options) > 0 || len(rest) > 0 {
			c.add(fmt.Sprintf("%s.host_keys[%d]", at, n), line, "a line of /etc/ssh/ssh_host_*_key.pub")
		}
	}
	switch {
	case len(h.HostKeys) > 0 && len(h.KnownHosts) > 0:
		c.add(at+".known_hosts", strings.Join(h.KnownHosts, ", "), "nothing, as there are host_keys")
	case len(h.HostKeys) == 0 && len(h.KnownHosts) == 0 && len(i.KnownHosts) == 0:
		c.add(at+".host_keys", "", "at least one key, or known_hosts here or for all: a machine that cannot prove who it is is not trusted")
	}
	c.paths(at+".known_hosts", h.KnownHosts)
	c.login(at+".login", h.Login)
	c.policy(at+".algorithms", h.Algorithms)
}

func (c *checker) login(at string, l *Login) {
	if l == nil {
		return
	}
	if l.KeyFile == "" && l.Agent == "" {
		c.add(at, "no key_file and no agent", "one of them or both; or no login at all, for the worker's own key")
	}
	if l.KeyFile == "" && l.PassphraseFile != "" {
		c.add(at+".passphrase_file", l.PassphraseFile, "nothing, as there is no key_file")
	}
	if l.KeyFile == "" && l.CertificateFile != "" {
		c.add(at+".certificate_file", l.CertificateFile, "nothing, as there is no key_file")
	}
	for name, path := range map[string]string{"key_file": l.KeyFile, "passphrase_file": l.PassphraseFile, "certificate_file": l.CertificateFile, "agent": l.Agent} {
		if path != "" {
			c.path(at+"."+name, path)
		}
	}
	for n, print := range l.AgentKeys {
		if !strings.HasPrefix(print, "SHA256:") || l.Agent == "" {
			c.add(fmt.Sprintf("%s.agent_keys[%d]", at, n), print, "a fingerprint that begins with SHA256:, of a key in the agent that is named")
		}
	}
}

func (c *checker) labels(at string, labels map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if !labelName.MatchString(name) {
			c.add(at+"."+name, name, labelNameAllowed)
		}
	}
}

func (c *checker) disks(at string, disks []Disk) {
	seen := map[string]bool{}
	for n, d := range disks {
		if !deploy.DeviceNames.OK(d.Device) || seen[d.Device] {
			c.add(fmt.Sprintf("%s[%d].device", at, n), d.Device, deploy.DeviceNames.Allowed+", each once")
		}
		seen[d.Device] = true
		if d.SizeGB < 1 || d.SizeGB > deploy.MaxSizeGB {
			c.add(fmt.Sprintf("%s[%d].size_gb", at, n), strconv.Itoa(d.SizeGB), fmt.Sprintf("1 to %d", deploy.MaxSizeGB))
		}
	}
}

func (c *checker) policy(at, name string) {
	if name != "" && name != "standard" && name != "strict" {
		c.add(at, name, policyAllowed)
	}
}

func (c *checker) paths(at string, paths []string) {
	for n, path := range paths {
		c.path(fmt.Sprintf("%s[%d]", at, n), path)
	}
}

func (c *checker) path(at, path string) {
	if !filepath.IsAbs(path) {
		c.add(at, path, pathAllowed)
	}
}

func list(names map[string]bool) string {
	if len(names) == 0 {
		return "there is none"
	}
	return strings.Join(slices.Sorted(maps.Keys(names)), ", ")
}
