// Package sshtest is an SSH server in the test's own process that really runs the
// commands it is sent, with sh on this machine, as the user who runs the test.
package sshtest

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"net"
	"strconv"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
)

// maxSessions is what sshd allows on one connection.
const maxSessions = 10

// Server behaves like sshd, as far as running commands goes: it allows ten
// sessions on a connection, and counts one until its command has ended, even if
// it was closed before.
type Server struct {
	// Host and Port are where it listens, or will.
	Host string
	Port int

	// Env is added to the environment of commands, as "NAME=value". It is set before
	// the server listens.
	Env []string

	config *ssh.ServerConfig
	wg     sync.WaitGroup

	mu          sync.Mutex
	listener    net.Listener
	conns       map[*stallable]bool
	groups      map[int]bool
	refuse      bool
	stall       chan struct{}
	connections int
	sessions    int
	refused     int
	most        int
	forward     bool
	forwards    int
	authorize   func(user string, key ssh.PublicKey) bool
}

// New returns a server that has a port of 127.0.0.1, but does not listen yet, like
// a host that boots. All that it has started is ended with the test.
func New(t testing.TB, hostKey ed25519.PrivateKey, authorized ed25519.PublicKey) *Server {
	t.Helper()
	signer, err := ssh.NewSignerFromKey(hostKey)
	if err != nil {
		t.Fatalf("sshtest: host key: %v", err)
	}
	return NewWithSigner(t, signer, authorized)
}

// NewWithSigner is New with a host key of any kind.
func NewWithSigner(t testing.TB, hostKey ssh.Signer, authorized ed25519.PublicKey) *Server {
	t.Helper()
	want, err := ssh.NewPublicKey(authorized)
	if err != nil {
		t.Fatalf("sshtest: authorized key: %v", err)
	}
	s := &Server{Host: "127.0.0.1", conns: map[*stallable]bool{}, groups: map[int]bool{}}
	s.authorize = func(_ string, key ssh.PublicKey) bool { return bytes.Equal(key.Marshal(), want.Marshal()) }
	s.config = &ssh.ServerConfig{PublicKeyCallback: func(who ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.refuse || !s.authorize(who.User(), key) {
			s.refused++
			return nil, errors.New("key refused")
		}
		return &ssh.Permissions{}, nil
	}}
	s.config.AddHostKey(hostKey)
	// Whoever binds port 0 next gets another one, so that this one stays free for a while.
	listener, err := net.Listen("tcp", net.JoinHostPort(s.Host, "0"))
	if err != nil {
		t.Fatalf("sshtest: %v", err)
	}
	s.Port = listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		t.Fatalf("sshtest: %v", err)
	}
	t.Cleanup(s.close)
	return s
}

// Start returns a server that listens.
func Start(t testing.TB, hostKey ed25519.PrivateKey, authorized ed25519.PublicKey) *Server {
	t.Helper()
	s := New(t, hostKey, authorized)
	s.Listen(t)
	return s
}

// Listen starts to listen, for the first time or after Stop.
func (s *Server) Listen(t testing.TB) {
	t.Helper()
	if err := s.listen(); err != nil {
		t.Errorf("sshtest: %v", err)
	}
}

func (s *Server) listen() error {
	listener, err := net.Listen("tcp", s.Addr())
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listener = listener
	s.wg.Go(func() { s.accept(listener) })
	return nil
}

// Addr is host and port.
func (s *Server) Addr() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

func (s *Server) accept(listener net.Listener) {
	for {
		tcp, err := listener.Accept()
		if err != nil {
			return
		}
		c := &stallable{Conn: tcp, server: s, closed: make(chan struct{})}
		s.mu.Lock()
		stopped := s.listener != listener
		if !stopped {
			s.conns[c] = true
		}
		s.mu.Unlock()
		if stopped {
			_ = c.Close()
			return
		}
		s.wg.Go(func() {
			s.serve(c)
			_ = c.Close()
			s.mu.Lock()
			delete(s.conns, c)
			s.mu.Unlock()
		})
	}
}

func (s *Server) serve(c *stallable) {
	conn, channels, requests, err := ssh.NewServerConn(c, s.config)
	if err != nil {
		return
	}
	s.mu.Lock()
	s.connections++
	s.mu.Unlock()
	s.wg.Go(func() { ssh.DiscardRequests(requests) })
	count := &counter{server: s}
	for channel := range channels {
		switch {
		case channel.ChannelType() == "direct-tcpip":
			s.forwarded(channel)
		case channel.ChannelType() != "session":
			_ = channel.Reject(ssh.UnknownChannelType, "unknown channel type")
		case !count.add():
			_ = channel.Reject(ssh.ConnectionFailed, "open failed")
		default:
			s.wg.Go(func() { s.session(channel, sync.OnceFunc(count.remove)) })
		}
	}
	_ = conn.Wait()
}

// counter counts the open sessions of one connection.
type counter struct {
	server *Server
	open   int
}

func (c *counter) add() bool {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if c.open == maxSessions {
		return false
	}
	c.open++
	c.server.sessions++
	c.server.most = max(c.server.most, c.open)
	return true
}

func (c *counter) remove() {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.open--
}
