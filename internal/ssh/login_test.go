package ssh

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"aiolos/deploy"
	"aiolos/internal/ssh/sshtest"
)

// keyOnDisk writes a private key, encrypted if there is a passphrase.
func keyOnDisk(t testing.TB, key any, passphrase string) string {
	var block *pem.Block
	var err error
	if passphrase == "" {
		block, err = ssh.MarshalPrivateKey(key, "")
	} else {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "id")
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(block), 0o600))
	return path
}

// userCert writes a user certificate for the key.
func userCert(t testing.TB, path string, key, authority ed25519.PrivateKey, change func(*ssh.Certificate)) {
	ca, err := ssh.NewSignerFromKey(authority)
	require.NoError(t, err)
	cert := &ssh.Certificate{
		Key: publicKey(t, key), CertType: ssh.UserCert, ValidPrincipals: []string{"root"},
		ValidAfter: uint64(time.Now().Add(-time.Hour).Unix()), ValidBefore: uint64(time.Now().Add(time.Hour).Unix()),
	}
	if change != nil {
		change(cert)
	}
	require.NoError(t, cert.SignCert(rand.Reader, ca))
	require.NoError(t, os.WriteFile(path, ssh.MarshalAuthorizedKey(cert), 0o600))
}

// authorize makes the server take the keys.
func authorize(s *sshtest.Server, keys ...ssh.PublicKey) {
	s.Authorize(func(_ string, found ssh.PublicKey) bool {
		for _, k := range keys {
			if bytes.Equal(k.Marshal(), found.Marshal()) {
				return true
			}
		}
		return false
	})
}

// startAgent serves a real agent's protocol on a socket.
func startAgent(t testing.TB, keys ...any) string {
	ring := agent.NewKeyring()
	for _, k := range keys {
		require.NoError(t, ring.Add(agent.AddedKey{PrivateKey: k}))
	}
	path := filepath.Join(t.TempDir(), "agent")
	listener, err := net.Listen("unix", path)
	require.NoError(t, err)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				_ = agent.ServeAgent(ring, c)
				_ = c.Close()
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		// Ends only once every login has let go of the agent.
		wg.Wait()
	})
	return path
}

func TestLogins(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	rsaPublic, err := ssh.NewPublicKey(&rsaKey.PublicKey)
	require.NoError(t, err)
	mine, second := publicKey(t, otherKey), publicKey(t, keyOf(7))
	for name, c := range map[string]struct {
		cfg  LoginConfig
		take []ssh.PublicKey
	}{
		"key file":             {LoginConfig{Files: []KeyFile{{Path: keyOnDisk(t, otherKey, "")}}}, []ssh.PublicKey{mine}},
		"with passphrase":      {LoginConfig{Files: []KeyFile{{Path: keyOnDisk(t, otherKey, "open"), Passphrase: NewSecret([]byte("open"))}}}, []ssh.PublicKey{mine}},
		"RSA":                  {LoginConfig{Files: []KeyFile{{Path: keyOnDisk(t, rsaKey, "")}}}, []ssh.PublicKey{rsaPublic}},
		"second file":          {LoginConfig{Files: []KeyFile{{Path: keyOnDisk(t, rsaKey, "")}, {Path: keyOnDisk(t, otherKey, "")}}}, []ssh.PublicKey{mine}},
		"agent":                {LoginConfig{Agent: startAgent(t, otherKey, rsaKey)}, []ssh.PublicKey{rsaPublic}},
		"agent, one key":       {LoginConfig{Agent: startAgent(t, rsaKey, keyOf(7)), AgentKeys: []string{ssh.FingerprintSHA256(second)}}, []ssh.PublicKey{second}},
		"agent after file":     {LoginConfig{Files: []KeyFile{{Path: keyOnDisk(t, otherKey, "")}}, Agent: startAgent(t, keyOf(7))}, []ssh.PublicKey{second}},
		"no agent, but a file": {LoginConfig{Files: []KeyFile{{Path: keyOnDisk(t, otherKey, "")}}, Agent: "/does/not/exist"}, []ssh.PublicKey{mine}},
	} {
		t.Run(name, func(t *testing.T) {
			login, err := NewLogin(c.cfg)
			require.NoError(t, err)
			s := start(t)
			authorize(s, c.take...)
			target := targetOf(s)
			target.Login = login
			require.NoError(t, newPool(t, config()).Await(t.Context(), target, nil))
			// None of them is one of the worker's own.
			var auth *AuthError
			cfg := config()
			cfg.AuthPatience = time.Millisecond
			require.ErrorAs(t, newPool(t, cfg).Await(t.Context(), targetOf(s), nil), &auth)
		})
	}
}

func TestOnlyTheChosenAgentKeyIsShown(t *testing.T) {
	s := start(t)
	var shown []string
	var mu sync.Mutex
	s.Authorize(func(_ string, k ssh.PublicKey) bool {
		mu.Lock()
		defer mu.Unlock()
		shown = append(shown, ssh.FingerprintSHA256(k))
		return true
	})
	want := ssh.FingerprintSHA256(publicKey(t, keyOf(7)))
	login, err := NewLogin(LoginConfig{Agent: startAgent(t, otherKey, keyOf(7), keyOf(8)), AgentKeys: []string{want}})
	require.NoError(t, err)
	target := targetOf(s)
	target.Login = login
	require.NoError(t, newPool(t, config()).Await(t.Context(), target, nil))
	for _, got := range shown {
		require.Equal(t, want, got)
	}
}

// TestCertificate logs in with a certificate that is renewed while the pool lives.
func TestCertificate(t *testing.T) {
	s := start(t)
	checker := ssh.CertChecker{IsUserAuthority: func(k ssh.PublicKey) bool {
		return bytes.Equal(k.Marshal(), publicKey(t, keyOf(5)).Marshal())
	}}
	s.Authorize(func(user string, k ssh.PublicKey) bool {
		cert, ok := k.(*ssh.Certificate)
		return ok && checker.IsUserAuthority(cert.SignatureKey) && checker.CheckCert(user, cert) == nil
	})
	path := keyOnDisk(t, otherKey, "")
	file := KeyFile{Path: path, Certificate: path + "-cert.pub"}
	userCert(t, file.Certificate, otherKey, keyOf(5), nil)
	login, err := NewLogin(LoginConfig{Files: []KeyFile{file}})
	require.NoError(t, err)
	target := targetOf(s)
	target.Login = login
	cfg := config()
	cfg.AuthPatience = time.Millisecond
	p := newPool(t, cfg)
	require.NoError(t, p.Await(t.Context(), target, nil))

	for name, c := range map[string]struct {
		key, authority ed25519.PrivateKey
		change         func(*ssh.Certificate)
		says           string
	}{
		"out of date":   {otherKey, keyOf(5), func(c *ssh.Certificate) { c.ValidBefore = 1000 }, "it was valid until 1970-01-01T00:16:40Z; have a new one signed"},
		"not yet":       {otherKey, keyOf(5), func(c *ssh.Certificate) { c.ValidAfter = uint64(time.Now().Add(time.Hour).Unix()) }, "it is valid only from"},
		"a host's":      {otherKey, keyOf(5), func(c *ssh.Certificate) { c.CertType = ssh.HostCert }, "it is no OpenSSH user certificate"},
		"another key's": {keyOf(8), keyOf(5), nil, "it is not one for the key in " + path},
	} {
		t.Run(name, func(t *testing.T) {
			userCert(t, file.Certificate, c.key, c.authority, c.change)
			s.Drop()
			err := newPool(t, cfg).Await(t.Context(), target, nil)
			var e *LoginError
			require.ErrorAs(t, err, &e)
			require.Equal(t, deploy.KindAuth, e.Kind())
			require.Contains(t, err.Error(), c.says)
			require.Contains(t, err.Error(), "storage-0")
		})
	}
	userCert(t, file.Certificate, otherKey, keyOf(6), nil)
	var auth *AuthError
	require.ErrorAs(t, newPool(t, cfg).Await(t.Context(), target, nil), &auth)
	userCert(t, file.Certificate, otherKey, keyOf(5), nil)
	require.NoError(t, newPool(t, cfg).Await(t.Context(), target, nil))
}

func TestLoginsThatCannotBe(t *testing.T) {
	locked := keyOnDisk(t, otherKey, "open")
	text := filepath.Join(t.TempDir(), "text")
	require.NoError(t, os.WriteFile(text, []byte("no key"), 0o600))
	for says, cfg := range map[string]LoginConfig{
		"neither a key file nor an agent": {},
		"no such file or directory":       {Files: []KeyFile{{Path: "/does/not/exist"}}},
		"no passphrase is given":          {Files: []KeyFile{{Path: locked}}},
		"the passphrase does not open it": {Files: []KeyFile{{Path: locked, Passphrase: NewSecret([]byte("s3cret"))}}},
		"holds no private key":            {Files: []KeyFile{{Path: text}}},
		"begins with SHA256:":             {Agent: "/a", AgentKeys: []string{"MD5:00"}},
		"the certificate " + text:         {Files: []KeyFile{{Path: keyOnDisk(t, otherKey, ""), Certificate: text}}},
	} {
		_, err := NewLogin(cfg)
		var e *LoginError
		require.ErrorAs(t, err, &e, says)
		require.Contains(t, err.Error(), says)
		require.NotContains(t, err.Error(), "s3cret")
	}
	s := start(t)
	for says, cfg := range map[string]LoginConfig{
		"cannot be reached: connect: no such file": {Agent: filepath.Join(t.TempDir(), "none")},
		"it holds no key":                          {Agent: startAgent(t)},
		"it holds none of the keys SHA256:x":       {Agent: startAgent(t, otherKey), AgentKeys: []string{"SHA256:x"}},
	} {
		login, err := NewLogin(cfg)
		require.NoError(t, err)
		target := targetOf(s)
		target.Login = login
		var e *LoginError
		err = newPool(t, config()).Await(t.Context(), target, nil)
		require.ErrorAs(t, err, &e, says)
		require.Contains(t, err.Error(), says)
		require.Equal(t, "storage-0", e.Node)
	}
	require.Zero(t, s.Refused())
}

// TestSecretsShowNothing prints a target in every way.
func TestSecretsShowNothing(t *testing.T) {
	target := Target{Sudo: Sudo{On: true, Password: NewSecret([]byte("hidden"))}}
	encoded, err := json.Marshal(target.Sudo)
	require.NoError(t, err)
	for _, text := range []string{
		fmt.Sprint(target), fmt.Sprintf("%+v", target), fmt.Sprintf("%#v", target), fmt.Sprintf("%x", target.Sudo.Password),
		fmt.Sprintf("%d", target.Sudo.Password), fmt.Sprintf("%v", &target), fmt.Sprintf("%s", struct{ s Secret }{target.Sudo.Password}), string(encoded),
	} {
		require.NotContains(t, text, "hidden")
		require.NotContains(t, text, "68696464")
		require.NotContains(t, text, "104 105")
	}
}
