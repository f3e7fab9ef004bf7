package userdata

import (
	"crypto/ed25519"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"aiolos/deploy"
)

var (
	hostLabel = regexp.MustCompile(`\A[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\z`)
	nodeLabel = regexp.MustCompile(`\A[A-Za-z0-9][A-Za-z0-9._-]{0,99}\z`)
	userName  = regexp.MustCompile(`\A[a-z_][a-z0-9_-]{0,31}\z`)
	tokenText = regexp.MustCompile(`\A[A-Za-z0-9_-]{1,512}\z`)
	// urlText leaves out what has a meaning in quotes, to curl or to sh.
	urlText = regexp.MustCompile(`\A[A-Za-z0-9:/.%~_\[\]-]{1,512}\z`)
)

// conf is the node's configuration for signals: a line "key=value" each.
func (d Data) conf() string {
	return fmt.Sprintf("url=%s\ndeployment=%s\nnode=%s\ntoken=%s\n",
		strings.TrimRight(d.SignalURL, "/"), d.Deployment, d.Node, d.SignalToken)
}

// check refuses values that could not be told apart from other lines of a
// configuration, or that no machine could have.
func (d Data) check() error {
	var c checker
	c.signals(d)
	c.add(hostLabel.MatchString(d.Hostname), "hostname", d.Hostname, "one label of a host name: 1 to 63 letters, digits and hyphens, no hyphen first or last")
	c.add(len(d.HostKey) == ed25519.PrivateKeySize, "host key", "", "an ed25519 private key")
	c.add(len(d.AuthorizedKey) == ed25519.PublicKeySize, "authorized key", "", "an ed25519 public key")
	c.add(d.User == "" || userName.MatchString(d.User), "user", d.User, "1 to 32 lower-case letters, digits, hyphens and underscores, a letter or underscore first")
	return c.err()
}

// checkSignals checks what is needed to signal.
func (d Data) checkSignals() error {
	var c checker
	c.signals(d)
	return c.err()
}

type checker struct{ problems []deploy.Problem }

func (c *checker) err() error {
	if len(c.problems) > 0 {
		return &deploy.InvalidError{Problems: c.problems}
	}
	return nil
}

func (c *checker) add(ok bool, field, value, allowed string) {
	if !ok {
		c.problems = append(c.problems, deploy.Problem{Field: field, Value: value, Allowed: allowed})
	}
}

func (c *checker) signals(d Data) {
	const name = "1 to 100 letters, digits, dots, hyphens and underscores, a letter or digit first"
	c.add(nodeLabel.MatchString(d.Deployment), "deployment", d.Deployment, name)
	c.add(nodeLabel.MatchString(d.Node), "node", d.Node, name)
	c.add(isEndpoint(d.SignalURL), "signal URL", d.SignalURL, "http:// or https://, a host, and possibly a port and a path, of at most 512 characters")
	c.add(tokenText.MatchString(d.SignalToken), "signal token", "", "1 to 512 characters of base64url")
}

func isEndpoint(text string) bool {
	u, err := url.Parse(text)
	return err == nil && urlText.MatchString(text) && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}
