package ssh

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"aiolos/deploy"
	"aiolos/internal/ssh/sshtest"
)

func policy(t testing.TB, name string, lists AlgorithmLists) *Algorithms {
	a, err := NewAlgorithms(name, lists)
	require.NoError(t, err)
	return a
}

func TestPolicies(t *testing.T) {
	weak := listsOf(ssh.InsecureAlgorithms())
	wide, narrow := policy(t, PolicyStandard, AlgorithmLists{}).Lists(), policy(t, PolicyStrict, AlgorithmLists{}).Lists()
	require.Equal(t, wide, policy(t, "", AlgorithmLists{}).Lists())
	for i, f := range wide.fields() {
		strict := *narrow.fields()[i].list
		require.NotEmpty(t, strict, f.name)
		require.Less(t, len(strict), len(*f.list), f.name)
		require.Subset(t, *f.list, strict, f.name)
		for _, n := range *weak.fields()[i].list {
			require.NotContains(t, *f.list, n, f.name)
		}
	}
	require.Contains(t, narrow.KeyExchanges, "curve25519-sha256")
	require.Contains(t, narrow.Ciphers, "chacha20-poly1305@openssh.com")
	require.Contains(t, narrow.HostKeys, ssh.CertAlgoED25519v01)
	require.NotContains(t, narrow.HostKeys, ssh.KeyAlgoECDSA256)
	require.Equal(t, []string{"aes128-ctr"}, policy(t, PolicyStrict, AlgorithmLists{Ciphers: []string{"aes128-ctr"}}).Lists().Ciphers)
	// Old machines.
	policy(t, "", AlgorithmLists{KeyExchanges: []string{"diffie-hellman-group1-sha1"}, HostKeys: []string{"ssh-rsa"}})
}

func TestPoliciesThatCannotBe(t *testing.T) {
	_, err := NewAlgorithms("paranoid", AlgorithmLists{})
	require.EqualError(t, err, `policy: "paranoid" is not known; allowed: standard, strict`)
	for field, lists := range map[string]AlgorithmLists{
		"ciphers": {Ciphers: []string{"rot13"}}, "key_exchanges": {KeyExchanges: []string{"rot13"}}, "macs": {MACs: []string{"rot13"}},
		"host_keys": {HostKeys: []string{"rot13"}}, "public_keys": {PublicKeys: []string{"rot13"}},
	} {
		_, err := NewAlgorithms(PolicyStrict, lists)
		var e *PolicyError
		require.ErrorAs(t, err, &e)
		require.Equal(t, field, e.Field)
		require.Equal(t, deploy.KindInvalidRequest, e.Kind())
		require.Contains(t, err.Error(), e.Allowed[0])
		require.False(t, slices.Contains(e.Allowed, e.Insecure[0]))
	}
}

func TestNothingInCommon(t *testing.T) {
	for name, c := range map[string]struct {
		server func(*ssh.ServerConfig)
		what   string
	}{
		"cipher":       {func(c *ssh.ServerConfig) { c.Ciphers = []string{"aes128-ctr"} }, "client to server cipher"},
		"key exchange": {func(c *ssh.ServerConfig) { c.KeyExchanges = []string{"ecdh-sha2-nistp256"} }, "key exchange"},
	} {
		t.Run(name, func(t *testing.T) {
			s := sshtest.New(t, hostKey, publicOf(clientKey))
			s.Configure(c.server)
			s.Listen(t)
			cfg := config()
			cfg.Algorithms = policy(t, PolicyStrict, AlgorithmLists{})
			var e *AlgorithmError
			err := newPool(t, cfg).Await(t.Context(), targetOf(s), nil)
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.what, e.What)
			require.Equal(t, deploy.KindAuth, e.Kind())
			// The target's own policy goes before.
			target := targetOf(s)
			target.Algorithms = policy(t, PolicyStandard, AlgorithmLists{})
			require.NoError(t, newPool(t, cfg).Await(t.Context(), target, nil))
		})
	}
}

func TestKeysThatThePolicyForbids(t *testing.T) {
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	ec, err := ssh.NewSignerFromKey(ecKey)
	require.NoError(t, err)
	s := sshtest.NewWithSigner(t, ec, publicOf(clientKey))
	s.Listen(t)
	pinned, err := NewPinnedKeys(string(ssh.MarshalAuthorizedKey(ec.PublicKey())))
	require.NoError(t, err)
	target := targetOf(s)
	target.HostKeys = pinned
	p := newPool(t, config())
	require.NoError(t, p.Await(t.Context(), target, nil))
	target.Algorithms = policy(t, PolicyStrict, AlgorithmLists{})
	var e *LoginError
	require.ErrorAs(t, p.Await(t.Context(), target, nil), &e)
	require.Equal(t, "the host key that is known", e.Source)

	own := start(t)
	target = targetOf(own)
	target.Login, err = NewLogin(LoginConfig{Files: []KeyFile{{Path: keyOnDisk(t, ecKey, "")}}})
	require.NoError(t, err)
	target.Algorithms = policy(t, PolicyStrict, AlgorithmLists{})
	require.ErrorAs(t, p.Await(t.Context(), target, nil), &e)
	require.Equal(t, "the worker's keys", e.Source)
}

// TestRSAWithoutSHA1 logs in with an RSA key on a server that would take SHA-1.
func TestRSAWithoutSHA1(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	public, err := ssh.NewPublicKey(&key.PublicKey)
	require.NoError(t, err)
	s := sshtest.New(t, hostKey, publicOf(clientKey))
	authorize(s, public)
	s.Configure(func(c *ssh.ServerConfig) { c.PublicKeyAuthAlgorithms = []string{ssh.KeyAlgoRSA} })
	s.Listen(t)
	login, err := NewLogin(LoginConfig{Files: []KeyFile{{Path: keyOnDisk(t, key, "")}}})
	require.NoError(t, err)
	target := targetOf(s)
	target.Login, target.Algorithms = login, policy(t, PolicyStrict, AlgorithmLists{})
	cfg := config()
	cfg.AuthPatience = 1
	var auth *AuthError
	require.ErrorAs(t, newPool(t, cfg).Await(t.Context(), target, nil), &auth)
	target.Algorithms = policy(t, PolicyStrict, AlgorithmLists{PublicKeys: []string{ssh.KeyAlgoRSA}})
	require.NoError(t, newPool(t, cfg).Await(t.Context(), target, nil))
}
