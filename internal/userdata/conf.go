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
	var wrong deploy.InvalidError
	add := func(ok bool, field, value, allowed string) {
		if !ok {
			wrong.Problems = append(wrong.Problems, deploy.Problem{Field: field, Value: value, Allowed: allowed})
		}
	}
	const name = "1 to 100 letters, digits, dots, hyphens and underscores, a letter or digit first"
	add(nodeLabel.MatchString(d.Deployment), "deployment", d.Deployment, name)
	add(nodeLabel.MatchString(d.Node), "node", d.Node, name)
	add(hostLabel.MatchString(d.Hostname), "hostname", d.Hostname, "one label of a host name: 1 to 63 letters, digits and hyphens, no hyphen first or last")
	add(len(d.HostKey) == ed25519.PrivateKeySize, "host key", "", "an ed25519 private key")
	add(len(d.AuthorizedKey) == ed25519.PublicKeySize, "authorized key", "", "an ed25519 public key")
	add(isEndpoint(d.SignalURL), "signal URL", d.SignalURL, "http:// or https://, a host, and possibly a port and a path, of at most 512 characters")
	add(tokenText.MatchString(d.SignalToken), "signal token", "", "1 to 512 characters of base64url")
	if len(wrong.Problems) > 0 {
		return &wrong
	}
	return nil
}

func isEndpoint(text string) bool {
	u, err := url.Parse(text)
	return err == nil && urlText.MatchString(text) && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}
