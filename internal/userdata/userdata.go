// Package userdata renders what a machine is told at its first boot: its host
// name, its SSH host key, the worker's key, and how to signal. It is a
// cloud-config document that cloud-init understands, and plain enough for a
// first-boot unit of a few lines.
package userdata

import (
	"bytes"
	"crypto/ed25519"
	_ "embed"
	"encoding/json"
	"fmt"

	"golang.org/x/crypto/ssh"
)

// Limit is how large user data may be, in bytes: EC2 takes no more.
const Limit = 16 << 10

// Where things are on a node.
const (
	// ConfPath is the node's configuration for signals, readable for root only.
	ConfPath = "/etc/aiolos/node.conf"
	// SignalPath is the command by which a node signals.
	SignalPath = "/usr/local/bin/aiolos-signal"
)

//go:embed aiolos-signal
var signalScript string

// SignalScript is the command "aiolos-signal NAME [VALUE]", a POSIX sh script
// that needs curl, awk, sed and coreutils.
func SignalScript() string { return signalScript }

// Data is what one node is told.
type Data struct {
	Deployment string
	Node       string
	// Hostname is one label (RFC 1123).
	Hostname string
	// HostKey is the only SSH host key that the node gets.
	HostKey ed25519.PrivateKey
	// AuthorizedKey is the key by which the worker logs in.
	AuthorizedKey ed25519.PublicKey
	// User is whom it logs in as; empty means root. Another one is made, and may do
	// all that root may by sudo, without a password; root cannot log in then.
	User string
	// SignalURL is the gateway's address, to which "/v1/signals" is added.
	SignalURL string
	// SignalToken is the node's own token.
	SignalToken string
}

// SizeError says that the user data has become larger than Limit.
type SizeError struct {
	Node string
	// Size is in bytes.
	Size int
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("user data of %s: %d bytes; allowed are %d", e.Node, e.Size, Limit)
}

// document is a cloud-config document, as far as it is used here.
type document struct {
	Hostname         string `json:"hostname"`
	PreserveHostname bool   `json:"preserve_hostname"`
	// ManageEtcHosts stays false: cloud-init would make the host name resolve to
	// 127.0.1.1 on the node itself, and peers know each other by name.
	ManageEtcHosts bool `json:"manage_etc_hosts"`
	// SSHDeleteKeys removes the host keys that came with the image. As ssh_keys
	// gives one, cloud-init makes no others.
	SSHDeleteKeys bool    `json:"ssh_deletekeys"`
	SSHKeys       sshKeys `json:"ssh_keys"`
	DisableRoot   bool    `json:"disable_root"`
	SSHPasswords  bool    `json:"ssh_pwauth"`
	// Users names one alone: the image's default user is not made.
	Users []user `json:"users"`
	// AuthorizedKeys stand at the top as well, since cloud-init's ssh module
	// gives these to root once disable_root is false, whoever else there is.
	AuthorizedKeys []string `json:"ssh_authorized_keys"`
	WriteFiles     []file   `json:"write_files"`
}

type sshKeys struct {
	Private string `json:"ed25519_private"`
	Public  string `json:"ed25519_public"`
}

type user struct {
	Name           string   `json:"name"`
	Shell          string   `json:"shell,omitempty"`
	Sudo           string   `json:"sudo,omitempty"`
	AuthorizedKeys []string `json:"ssh_authorized_keys"`
}

type file struct {
	Path        string `json:"path"`
	Owner       string `json:"owner"`
	Permissions string `json:"permissions"`
	Content     string `json:"content"`
}

// Render returns the document: a line "#cloud-config", then one JSON document,
// which is YAML, too. The same data always gives the same bytes, as a repeated
// launch must not differ from the first. Errors are *deploy.InvalidError for a
// value that cannot be, and *SizeError.
func (d Data) Render() ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	private, err := privateKey(d.HostKey)
	if err != nil {
		return nil, fmt.Errorf("host key of %s: %w", d.Node, err)
	}
	public, err := publicKey(d.HostKey.Public().(ed25519.PublicKey), d.Hostname)
	if err != nil {
		return nil, fmt.Errorf("host key of %s: %w", d.Node, err)
	}
	authorized, err := publicKey(d.AuthorizedKey, "aiolos")
	if err != nil {
		return nil, fmt.Errorf("authorized key of %s: %w", d.Node, err)
	}
	login := user{Name: "root", AuthorizedKeys: []string{authorized}}
	if d.User != "" && d.User != login.Name {
		login = user{Name: d.User, Shell: "/bin/sh", Sudo: "ALL=(ALL) NOPASSWD:ALL", AuthorizedKeys: login.AuthorizedKeys}
	}
	text, err := encode(document{
		Hostname:       d.Hostname,
		SSHDeleteKeys:  true,
		SSHKeys:        sshKeys{Private: private, Public: public},
		DisableRoot:    login.Name != "root",
		Users:          []user{login},
		AuthorizedKeys: login.AuthorizedKeys,
		WriteFiles: []file{
			{Path: ConfPath, Owner: "root:root", Permissions: "0600", Content: d.conf()},
			{Path: SignalPath, Owner: "root:root", Permissions: "0755", Content: signalScript},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("user data of %s: %w", d.Node, err)
	}
	out := append([]byte("#cloud-config\n"), text...)
	if len(out) > Limit {
		return nil, &SizeError{Node: d.Node, Size: len(out)}
	}
	return out, nil
}

// MetaData returns the meta-data of cloud-init's NoCloud source. A machine
// applies its user data once for each instance ID.
func MetaData(instanceID, hostname string) []byte {
	text, err := encode(map[string]string{"instance-id": instanceID, "local-hostname": hostname})
	if err != nil {
		panic(err) // a map of strings always encodes
	}
	return text
}

// encode writes JSON that YAML 1.1 reads as well: encoding/json escapes all
// control characters but DEL, which check refuses.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(v)
	return b.Bytes(), err
}

// publicKey is one line of an authorized_keys file, or of a host's public key.
func publicKey(key ed25519.PublicKey, comment string) (string, error) {
	public, err := ssh.NewPublicKey(key)
	if err != nil {
		return "", err
	}
	line := bytes.TrimSuffix(ssh.MarshalAuthorizedKey(public), []byte("\n"))
	return string(line) + " " + comment, nil
}
