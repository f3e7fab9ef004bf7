package sshtest

import (
	"io"
	"net"
	"strconv"

	"golang.org/x/crypto/ssh"
)

// AllowForwarding makes the server a bastion, or no longer.
func (s *Server) AllowForwarding(allow bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forward = allow
}

// Forwards tells how many channels have been opened through the server so far.
func (s *Server) Forwards() int { return s.read(&s.forwards) }

// Authorize says who may log in, in place of the one key.
func (s *Server) Authorize(may func(user string, key ssh.PublicKey) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.authorize = may
}

// Configure changes the server's configuration before it listens.
func (s *Server) Configure(change func(*ssh.ServerConfig)) { change(s.config) }

// forwarded serves a channel through this server (RFC 4254, 7.2).
func (s *Server) forwarded(offer ssh.NewChannel) {
	s.mu.Lock()
	allowed := s.forward
	s.mu.Unlock()
	var m struct {
		Host       string
		Port       uint32
		OriginHost string
		OriginPort uint32
	}
	if !allowed || ssh.Unmarshal(offer.ExtraData(), &m) != nil {
		_ = offer.Reject(ssh.Prohibited, "open failed")
		return
	}
	s.wg.Go(func() {
		tcp, err := net.Dial("tcp", net.JoinHostPort(m.Host, strconv.Itoa(int(m.Port))))
		if err != nil {
			_ = offer.Reject(ssh.ConnectionFailed, "Connection refused")
			return
		}
		channel, requests, err := offer.Accept()
		if err != nil {
			_ = tcp.Close()
			return
		}
		s.mu.Lock()
		s.forwards++
		s.mu.Unlock()
		s.wg.Go(func() { ssh.DiscardRequests(requests) })
		s.wg.Go(func() {
			_, _ = io.Copy(channel, tcp)
			_ = channel.Close()
		})
		_, _ = io.Copy(tcp, channel)
		_ = tcp.Close()
	})
}
