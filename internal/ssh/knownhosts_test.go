package ssh

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"aiolos/deploy"
	"aiolos/internal/ssh/sshtest"
)

func publicKey(t testing.TB, k ed25519.PrivateKey) ssh.PublicKey {
	key, err := ssh.NewPublicKey(publicOf(k))
	require.NoError(t, err)
	return key
}

func write(t testing.TB, text ...string) string {
	path := filepath.Join(t.TempDir(), "known_hosts")
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(text, "\n")+"\n"), 0o600))
	return path
}

// certified is a signer for a host key that an authority has certified.
func certified(t testing.TB, authority, key ed25519.PrivateKey, change func(*ssh.Certificate)) ssh.Signer {
	ca, err := ssh.NewSignerFromKey(authority)
	require.NoError(t, err)
	signer, err := ssh.NewSignerFromKey(key)
	require.NoError(t, err)
	cert := &ssh.Certificate{
		Key: signer.PublicKey(), CertType: ssh.HostCert, ValidPrincipals: []string{"127.0.0.1"},
		ValidAfter: uint64(time.Now().Add(-time.Hour).Unix()), ValidBefore: uint64(time.Now().Add(time.Hour).Unix()),
	}
	if change != nil {
		change(cert)
	}
	require.NoError(t, cert.SignCert(rand.Reader, ca))
	result, err := ssh.NewCertSigner(cert, signer)
	require.NoError(t, err)
	return result
}

func TestKnownHosts(t *testing.T) {
	key, ca := publicKey(t, hostKey), publicKey(t, otherKey)
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	ec, err := ssh.NewSignerFromKey(ecKey)
	require.NoError(t, err)
	plain, err := ssh.NewSignerFromKey(hostKey)
	require.NoError(t, err)
	cert := certified(t, otherKey, hostKey, nil)
	// The library knows no wildcard for ports.
	authority := func(a string) string {
		return "@cert-authority " + knownhosts.Normalize(a) + " " + strings.TrimSpace(string(ssh.MarshalAuthorizedKey(ca)))
	}
	revokedKey := func(k ssh.PublicKey) string {
		return "@revoked * " + strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k)))
	}
	const good, wrong, unknown = "", "wrong", "unknown"
	for name, c := range map[string]struct {
		server ssh.Signer
		// lines are made for the server's address.
		lines func(addr string) []string
		want  string
		says  string
	}{
		"known": {plain, func(a string) []string { return []string{"# comment", "", knownhosts.Line([]string{a}, key)} }, good, ""},
		"among others": {plain, func(a string) []string {
			return []string{knownhosts.Line([]string{a}, ca), knownhosts.Line([]string{a}, key)}
		}, good, ""},
		"hashed": {plain, func(a string) []string {
			return []string{knownhosts.Line([]string{"x"}, ca), knownhosts.HashHostname(knownhosts.Normalize(a)) + " " + strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))}
		}, good, ""},
		"another key":         {plain, func(a string) []string { return []string{knownhosts.Line([]string{a}, ca)} }, wrong, "someone listens in"},
		"another kind of key": {plain, func(a string) []string { return []string{knownhosts.Line([]string{a}, ec.PublicKey())} }, wrong, "of no kind that is known"},
		"two kinds, one known": {ec, func(a string) []string {
			return []string{knownhosts.Line([]string{a}, ec.PublicKey()), knownhosts.Line([]string{a}, key)}
		}, good, ""},
		"unknown":      {plain, func(string) []string { return []string{knownhosts.Line([]string{"other.example"}, key)} }, unknown, "ssh-keygen -l -f"},
		"another port": {plain, func(string) []string { return []string{knownhosts.Line([]string{"127.0.0.1:1"}, key)} }, unknown, ""},
		"excluded": {plain, func(a string) []string {
			n := knownhosts.Normalize(a)
			return []string{n + ",!" + n + " " + strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))}
		}, unknown, ""},
		"revoked":                      {plain, func(a string) []string { return []string{knownhosts.Line([]string{a}, key), revokedKey(key)} }, wrong, "revoked"},
		"certified":                    {cert, func(a string) []string { return []string{authority(a)} }, good, ""},
		"no certificate":               {plain, func(a string) []string { return []string{authority(a)} }, wrong, "of no kind that is known"},
		"certified, known by key":      {cert, func(a string) []string { return []string{knownhosts.Line([]string{a}, key)} }, good, ""},
		"certified, key revoked":       {cert, func(a string) []string { return []string{authority(a), revokedKey(key)} }, wrong, "revoked"},
		"certified, authority revoked": {cert, func(a string) []string { return []string{authority(a), revokedKey(ca)} }, wrong, "revoked"},
		"certified, authority revoked, known by key": {cert, func(a string) []string {
			return []string{authority(a), knownhosts.Line([]string{a}, publicKey(t, keyOf(9))), revokedKey(ca)}
		}, wrong, "revoked"},
		"certified, authority revoked, this key known": {cert, func(a string) []string {
			return []string{authority(a), knownhosts.Line([]string{a}, key), revokedKey(ca)}
		}, wrong, "revoked"},
		"certified by another, known by key": {certified(t, keyOf(9), hostKey, nil), func(a string) []string {
			return []string{authority(a), knownhosts.Line([]string{a}, key)}
		}, good, ""},
		"out of date": {certified(t, otherKey, hostKey, func(c *ssh.Certificate) { c.ValidBefore = uint64(time.Now().Add(-time.Minute).Unix()) }),
			func(a string) []string { return []string{authority(a)} }, wrong, "does not hold"},
		"another name":         {certified(t, otherKey, hostKey, func(c *ssh.Certificate) { c.ValidPrincipals = []string{"db"} }), func(a string) []string { return []string{authority(a)} }, wrong, "does not hold"},
		"another authority":    {certified(t, keyOf(9), hostKey, nil), func(a string) []string { return []string{authority(a)} }, wrong, "does not hold"},
		"a user's certificate": {certified(t, otherKey, hostKey, func(c *ssh.Certificate) { c.CertType = ssh.UserCert }), func(a string) []string { return []string{authority(a)} }, wrong, "does not hold"},
		"certified, unknown":   {cert, func(string) []string { return nil }, unknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := sshtest.NewWithSigner(t, c.server, publicOf(clientKey))
			if _, isCert := c.server.PublicKey().(*ssh.Certificate); isCert {
				// sshd shows the key without its certificate as well.
				s.Configure(func(cfg *ssh.ServerConfig) { cfg.AddHostKey(plain) })
			}
			s.Listen(t)
			rule, err := NewKnownHosts(write(t, c.lines(s.Addr())...))
			require.NoError(t, err)
			target := targetOf(s)
			target.HostKeys = rule
			err = newPool(t, config()).Await(t.Context(), target, nil)
			switch c.want {
			case good:
				require.NoError(t, err)
			case wrong:
				var e *HostKeyError
				require.ErrorAs(t, err, &e)
				require.Equal(t, deploy.KindHostKey, e.Kind())
				require.Contains(t, err.Error(), c.says)
			case unknown:
				var e *UnknownHostError
				require.ErrorAs(t, err, &e)
				require.Equal(t, deploy.KindHostKey, e.Kind())
				require.Contains(t, err.Error(), c.says)
				require.Equal(t, ssh.FingerprintSHA256(key), e.Fingerprint)
				// Who adds the line gets in at once, with the same pool and rule.
				require.NoError(t, os.WriteFile(rule.files[0], []byte(e.Line+"\n"), 0o600))
				require.NoError(t, newPool(t, config()).Await(t.Context(), target, nil))
			}
			if c.want != good && c.want != unknown {
				require.Zero(t, s.Connections())
			}
		})
	}
}

func TestKnownHostsFilesThatCannotBeUsed(t *testing.T) {
	var e *KnownHostsError
	_, err := NewKnownHosts()
	require.ErrorAs(t, err, &e)
	_, err = NewKnownHosts("/does/not/exist")
	require.ErrorAs(t, err, &e)
	require.Equal(t, "the known_hosts file /does/not/exist cannot be used: no such file or directory", err.Error())
	bad := write(t, "", "host ssh-ed25519 notbase64!")
	_, err = NewKnownHosts(write(t), bad)
	require.ErrorAs(t, err, &e)
	require.Contains(t, err.Error(), bad+":2")
	require.Equal(t, deploy.KindHostKey, e.Kind())

	// One that goes away later is no reason to trust.
	s := start(t)
	path := write(t, knownhosts.Line([]string{s.Addr()}, publicKey(t, hostKey)))
	rule, err := NewKnownHosts(path)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path))
	target := targetOf(s)
	target.HostKeys = rule
	require.ErrorAs(t, newPool(t, config()).Await(t.Context(), target, nil), &e)
}

func TestPinnedKeys(t *testing.T) {
	s := start(t)
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(publicKey(t, hostKey))))
	other := string(ssh.MarshalAuthorizedKey(publicKey(t, otherKey)))
	for _, c := range []struct {
		lines []string
		right bool
	}{{[]string{line}, true}, {[]string{other, line + " comment"}, true}, {[]string{other}, false}} {
		rule, err := NewPinnedKeys(c.lines...)
		require.NoError(t, err)
		target := targetOf(s)
		target.HostKeys = rule
		err = newPool(t, config()).Await(t.Context(), target, nil)
		if c.right {
			require.NoError(t, err)
			continue
		}
		var wrong *HostKeyError
		require.ErrorAs(t, err, &wrong)
		require.Contains(t, err.Error(), "which the list of its host keys has")
	}
	for _, bad := range []string{"", "x", "ssh-ed25519", line + "\n" + other, `command="x" ` + line, "SHA256:abc"} {
		_, err := NewPinnedKeys(bad)
		var e *KeyTextError
		require.ErrorAs(t, err, &e, bad)
	}
	_, err := NewPinnedKeys()
	require.Error(t, err)
}

// TestAnotherRuleIsAnotherConnection, even where the one that is there would do.
func TestAnotherRuleIsAnotherConnection(t *testing.T) {
	s := start(t)
	p := newPool(t, config())
	target := targetOf(s)
	require.NoError(t, p.Await(t.Context(), target, nil))
	rule, err := NewPinnedKeys(string(ssh.MarshalAuthorizedKey(publicKey(t, otherKey))))
	require.NoError(t, err)
	target.HostKeys = rule
	var wrong *HostKeyError
	require.ErrorAs(t, p.Await(t.Context(), target, nil), &wrong)
	// Nor does a bastion with another rule count as the same one.
	behind := targetOf(start(t))
	behind.Via = []Target{bastionOf(s, "gw-0")}
	require.NoError(t, p.Await(t.Context(), behind, nil))
	behind.Via[0].HostKeys = rule
	require.ErrorAs(t, p.Await(t.Context(), behind, nil), &wrong)
	require.Equal(t, "gw-0", wrong.Node)
}

// FuzzKnownHosts wants that no text of a file lets in a key that does not stand in it.
func FuzzKnownHosts(f *testing.F) {
	key, other := publicKey(f, hostKey), publicKey(f, otherKey)
	f.Add(knownhosts.Line([]string{"10.0.0.1"}, other))
	f.Add("@cert-authority * " + string(ssh.MarshalAuthorizedKey(other)))
	f.Add("@revoked * x y\n|1|a|b ssh-ed25519 AAAA\n!10.0.0.1,* ")
	path := filepath.Join(f.TempDir(), "known_hosts")
	blob := strings.Fields(string(ssh.MarshalAuthorizedKey(key)))[1]
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, blob) {
			return
		}
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		rule, err := NewKnownHosts(path)
		if err != nil {
			return
		}
		e, err := rule.expect(Target{Node: "n", Address: "10.0.0.1"}.filled())
		require.NoError(t, err)
		require.Error(t, e.check(key))
	})
}
