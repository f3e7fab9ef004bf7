package ssh

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"aiolos/internal/remote"
)

// OpenSSH's own programs, where Debian and RHEL have them.
const (
	sshdPath   = "/usr/sbin/sshd"
	keygenPath = "/usr/bin/ssh-keygen"
	agentPath  = "/usr/bin/ssh-agent"
	addPath    = "/usr/bin/ssh-add"
	sudoPath   = "/usr/bin/sudo"
)

// needs leaves a test out where a program is not installed, unless all are asked for.
func needs(t testing.TB, programs ...string) {
	for _, p := range programs {
		_, err := os.Stat(p)
		if os.Getenv("AIOLOS_ENGINE") == "1" {
			require.NoError(t, err, "install openssh-server and sudo")
		}
		if err != nil {
			t.Skipf("left out: %s is not installed, so only the in-process server is tested", p)
		}
	}
}

// openDir is a directory for the test that other users may read.
func openDir(t testing.TB) string {
	dir := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755)) //nolint:gosec // sshd reads keys as the user
	require.NoError(t, os.Chmod(dir, 0o755))               //nolint:gosec // likewise
	return dir
}

// daemon is a real sshd on a port of this machine.
type daemon struct {
	dir  string
	port int
	log  *bytes.Buffer
}

func (d *daemon) target() Target {
	who, err := user.Current()
	if err != nil {
		panic(err)
	}
	return Target{Deployment: "demo", Node: "real-0", Address: "127.0.0.1", Port: d.port, User: who.Username}
}

// startSSHD starts sshd with host keys ed25519 (hostKey) and rsa, a certificate for
// the first if there is an authority, and more lines of configuration. The shell
// script before may prepare what it runs in.
func startSSHD(t testing.TB, before string, lines ...string) *daemon {
	needs(t, sshdPath, keygenPath)
	if os.Geteuid() == 0 {
		// Where sshd separates privileges as root; it is made at boot, by systemd.
		require.NoError(t, os.MkdirAll("/run/sshd", 0o755)) //nolint:gosec // as systemd makes it
	}
	d := &daemon{dir: openDir(t), log: &bytes.Buffer{}}
	file := func(name, text string) string {
		path := filepath.Join(d.dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	key, err := os.ReadFile(keyOnDisk(t, hostKey, ""))
	require.NoError(t, err)
	file("host", string(key))
	keygen(t, "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", filepath.Join(d.dir, "host_rsa"))
	authorized := file("authorized", string(ssh.MarshalAuthorizedKey(publicKey(t, clientKey))))
	require.NoError(t, os.Chmod(authorized, 0o644)) //nolint:gosec // likewise
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	d.port = listener.Addr().(*net.TCPAddr).Port
	require.NoError(t, listener.Close())
	// The first value of an option counts.
	cfg := file("sshd_config", strings.Join(append(lines,
		"Port "+strconv.Itoa(d.port), "ListenAddress 127.0.0.1", "HostKey "+d.dir+"/host", "HostKey "+d.dir+"/host_rsa",
		"AuthorizedKeysFile "+d.dir+"/authorized", "PidFile none", "StrictModes no", "UsePAM no", "PermitRootLogin yes",
		"PasswordAuthentication no", "KbdInteractiveAuthentication no", "LogLevel VERBOSE",
	), "\n")+"\n")
	cmd := exec.Command("sh", "-c", before+"\n"+`exec "$@"`, "sh", sshdPath, "-D", "-e", "-f", cfg)
	cmd.Stderr = d.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if before != "" {
		cmd.SysProcAttr.Unshareflags = syscall.CLONE_NEWNS
	}
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("sshd said:\n%s", d.log)
		}
	})
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(d.port)))
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}, 10*time.Second, 20*time.Millisecond, "sshd does not listen")
	return d
}

func keygen(t testing.TB, args ...string) {
	out, err := exec.Command(keygenPath, args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// inTime bounds Await, which would wait for what never comes.
func inTime(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestRealSSHD(t *testing.T) {
	d := startSSHD(t, "")
	p := newPool(t, config())
	require.NoError(t, p.Await(inTime(t), d.target(), nil))
	got, err := p.Runner(d.target()).Run(t.Context(), remote.Command{Script: `cat; echo "$1" >&2; exit 3`, Args: []string{"e'r"}, Stdin: strings.NewReader("in")})
	require.NoError(t, err)
	require.Equal(t, remote.Result{Exit: 3, Stdout: []byte("in"), Stderr: []byte("e'r\n")}, got)

	t.Run("policies", func(t *testing.T) {
		for _, name := range []string{PolicyStandard, PolicyStrict} {
			target := d.target()
			target.Algorithms = policy(t, name, AlgorithmLists{})
			require.NoError(t, newPool(t, config()).Await(inTime(t), target, nil))
		}
		old := startSSHD(t, "", "KexAlgorithms ecdh-sha2-nistp256", "Ciphers aes128-ctr", "MACs hmac-sha2-256")
		target := old.target()
		require.NoError(t, newPool(t, config()).Await(inTime(t), target, nil))
		target.Algorithms = policy(t, PolicyStrict, AlgorithmLists{})
		var none *AlgorithmError
		require.ErrorAs(t, newPool(t, config()).Await(inTime(t), target, nil), &none)
		require.Contains(t, none.Offered, "ecdh-sha2-nistp256")
		target.Algorithms = policy(t, PolicyStrict, AlgorithmLists{KeyExchanges: []string{"ecdh-sha2-nistp256"}, Ciphers: []string{"aes128-ctr"}, MACs: []string{"hmac-sha2-256"}})
		require.NoError(t, newPool(t, config()).Await(inTime(t), target, nil))
	})

	t.Run("known_hosts that ssh-keygen has hashed", func(t *testing.T) {
		rsaKey, err := os.ReadFile(d.dir + "/host_rsa.pub")
		require.NoError(t, err)
		address := knownhosts.Normalize(net.JoinHostPort("127.0.0.1", strconv.Itoa(d.port)))
		// sshd prefers to show the other key, which does not stand here.
		path := write(t, "other.example ssh-ed25519 "+strings.Fields(string(ssh.MarshalAuthorizedKey(publicKey(t, otherKey))))[1], address+" "+string(rsaKey))
		keygen(t, "-q", "-H", "-f", path)
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NotContains(t, string(text), "127.0.0.1")
		rule, err := NewKnownHosts(path)
		require.NoError(t, err)
		target := d.target()
		target.HostKeys = rule
		require.NoError(t, newPool(t, config()).Await(inTime(t), target, nil))
	})
}

// TestRealCertificates has ssh-keygen sign the host's and the user's key.
func TestRealCertificates(t *testing.T) {
	needs(t, sshdPath, keygenPath)
	dir := openDir(t)
	keygen(t, "-q", "-t", "ed25519", "-N", "", "-f", dir+"/ca")
	require.NoError(t, os.WriteFile(dir+"/host.pub", ssh.MarshalAuthorizedKey(publicKey(t, hostKey)), 0o600))
	keygen(t, "-q", "-s", dir+"/ca", "-I", "host", "-h", "-n", "127.0.0.1", dir+"/host.pub")
	d := startSSHD(t, "", "TrustedUserCAKeys "+dir+"/ca.pub", "HostCertificate "+dir+"/host-cert.pub", "AuthorizedKeysFile none")

	keygen(t, "-q", "-t", "ed25519", "-N", "open sesame", "-f", dir+"/user")
	file := KeyFile{Path: dir + "/user", Passphrase: NewSecret([]byte("open sesame")), Certificate: dir + "/user-cert.pub"}
	keygen(t, "-q", "-s", dir+"/ca", "-I", "worker", "-n", d.target().User, dir+"/user.pub")
	login, err := NewLogin(LoginConfig{Files: []KeyFile{file}})
	require.NoError(t, err)
	ca, err := os.ReadFile(dir + "/ca.pub")
	require.NoError(t, err)
	rule, err := NewKnownHosts(write(t, fmt.Sprintf("@cert-authority [127.0.0.1]:%d %s", d.port, ca)))
	require.NoError(t, err)
	target := d.target()
	target.Login, target.HostKeys = login, rule
	cfg := config()
	cfg.AuthPatience = time.Millisecond
	require.NoError(t, newPool(t, cfg).Await(inTime(t), target, nil))

	keygen(t, "-q", "-s", dir+"/ca", "-I", "worker", "-n", "somebody-else", dir+"/user.pub")
	var auth *AuthError
	require.ErrorAs(t, newPool(t, cfg).Await(inTime(t), target, nil), &auth)
}

func TestRealAgent(t *testing.T) {
	needs(t, sshdPath, agentPath, addPath)
	d := startSSHD(t, "")
	socket := filepath.Join(t.TempDir(), "agent")
	cmd := exec.Command(agentPath, "-D", "-a", socket)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	require.Eventually(t, func() bool { _, err := os.Stat(socket); return err == nil }, 5*time.Second, 10*time.Millisecond)
	login, err := NewLogin(LoginConfig{Agent: socket})
	require.NoError(t, err)
	target := d.target()
	target.Login = login
	p := newPool(t, config())
	var none *LoginError
	require.ErrorAs(t, p.Await(inTime(t), target, nil), &none)
	add := exec.Command(addPath, "-q", keyOnDisk(t, clientKey, ""))
	add.Env = append(os.Environ(), "SSH_AUTH_SOCK="+socket)
	out, err := add.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NoError(t, p.Await(inTime(t), target, nil))
}

func TestRealBastion(t *testing.T) {
	gw, closed, d := startSSHD(t, ""), startSSHD(t, "", "AllowTcpForwarding no"), startSSHD(t, "", "MaxSessions 10")
	p := newPool(t, config())
	via := func(hops ...*daemon) Target {
		target := d.target()
		for i, hop := range hops {
			b := hop.target()
			b.Node = fmt.Sprintf("gw-%d", i)
			target.Via = append(target.Via, b)
		}
		return target
	}
	// More nodes than sshd allows sessions on a connection.
	for i := range 15 {
		target := via(gw)
		target.Node = fmt.Sprintf("real-%d", i)
		require.NoError(t, p.Await(inTime(t), target, nil))
	}
	require.NoError(t, p.Await(inTime(t), via(gw, gw), nil))
	var forward *ForwardError
	require.ErrorAs(t, p.Await(inTime(t), via(closed), nil), &forward)
	// Nobody listens there.
	target := via(gw)
	target.Port = 1
	_, err := p.Runner(target).Run(t.Context(), remote.Command{Script: "true"})
	var away *DialError
	require.ErrorAs(t, err, &away)
	require.Contains(t, err.Error(), "by way of the bastion gw-0")
}

// TestRealSudo runs sudo itself for a user that exists only in a mount namespace of
// the test's own.
func TestRealSudo(t *testing.T) {
	needs(t, sshdPath, sudoPath)
	if os.Getuid() != 0 {
		t.Skip("only root can make a user of its own for sudo: only the stand-in is tested")
	}
	const name, password = "aiolos-test", "right one"
	// As "openssl passwd -6" prints it for the password.
	const hash = "$6$aiolos$owAlwJkLG9f4N46tdzdSPCOdPVzct.wq2yUR9.x9bv9bpenXs5Gdm2fmdU4ssct46j8q9oBA/7gb/Ef4.oa8P."
	dir := openDir(t)
	passwd, err := os.ReadFile("/etc/passwd")
	require.NoError(t, err)
	shadow, err := os.ReadFile("/etc/shadow")
	require.NoError(t, err)
	for file, text := range map[string]string{
		"passwd": string(passwd) + name + ":x:64242:64242::/:/bin/sh\n",
		"shadow": string(shadow) + name + ":" + hash + ":19000:0:99999:7:::\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644)) //nolint:gosec // as /etc/passwd is
	}
	require.NoError(t, os.Chmod(filepath.Join(dir, "shadow"), 0o640))
	for _, c := range []struct{ name, rule, given, says string }{
		{"no password", "NOPASSWD: ALL", "", ""},
		{"no password, one given", "NOPASSWD: ALL", password, ""},
		{"password", "ALL", password, ""},
		{"password, use_pty", "ALL\nDefaults use_pty", password, ""},
		{"password, none given", "ALL", "", "a password is required"},
		{"wrong password", "ALL", "wrong one", "the password is wrong"},
		{"something else only, no password", "NOPASSWD: /bin/true", "", "a password is required"},
		{"not in sudoers", "", password, "not in the sudoers file"},
		{"something else only", "/bin/true", password, "not allowed to execute"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sudoers := "Defaults env_reset, !lecture\n"
			if c.rule != "" {
				sudoers += name + " ALL=(ALL) " + c.rule + "\n"
			}
			own := openDir(t)
			require.NoError(t, os.WriteFile(own+"/sudoers", []byte(sudoers), 0o440)) //nolint:gosec // as sudo wants it
			before := "set -e; mount --make-rprivate /\n"
			for _, file := range []string{"passwd", "shadow"} {
				before += "mount --bind " + remote.Quote(filepath.Join(dir, file), "/etc/"+file) + "\n"
			}
			before += "mount --bind " + remote.Quote(own+"/sudoers", "/etc/sudoers") + "\n"
			d := startSSHD(t, before)
			target := d.target()
			target.User, target.Sudo = name, Sudo{On: true, Password: NewSecret([]byte(c.given))}
			r := newPool(t, config()).Runner(target)
			if c.says != "" {
				_, err := r.Run(inTime(t), remote.Command{Script: "true", Stdin: strings.NewReader("data\n")})
				var refused *SudoError
				require.ErrorAs(t, err, &refused)
				require.Contains(t, err.Error()+strings.Join(refused.Said, "\n"), c.says)
				return
			}
			got, err := r.Run(inTime(t), remote.Command{Script: `id -u; echo "$HOME"`})
			require.NoError(t, err)
			require.Equal(t, "0\n/root\n", string(got.Stdout))
			sudoIsTransparent(t, r)
		})
	}
}
