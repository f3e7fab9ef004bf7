package sshtest

import (
	"net"
	"sync"
	"syscall"
)

// Connections tells how many connections have logged in so far.
func (s *Server) Connections() int { return s.read(&s.connections) }

// Sessions tells how many sessions have been opened so far.
func (s *Server) Sessions() int { return s.read(&s.sessions) }

// MostSessions tells how many sessions were open at once on a connection at most.
func (s *Server) MostSessions() int { return s.read(&s.most) }

// Refused tells how many keys have been refused so far.
func (s *Server) Refused() int { return s.read(&s.refused) }

func (s *Server) read(n *int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *n
}

// RefuseAuth makes the server refuse every key, or no longer.
func (s *Server) RefuseAuth(refuse bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = refuse
}

// Drop closes all connections, as when a network breaks. Commands go on.
func (s *Server) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close()
	}
}

// Stall makes the server take and send nothing until Resume, without closing
// anything, as when a machine has vanished.
func (s *Server) Stall() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stall == nil {
		s.stall = make(chan struct{})
	}
}

// Resume ends Stall.
func (s *Server) Resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stall != nil {
		close(s.stall)
		s.stall = nil
	}
}

// Stop stops listening and closes all connections, as when a machine goes down;
// Listen brings it back.
func (s *Server) Stop() {
	s.mu.Lock()
	if s.listener != nil {
		_ = s.listener.Close()
		s.listener = nil
	}
	s.mu.Unlock()
	s.Drop()
}

// close ends everything, commands included.
func (s *Server) close() {
	s.Stop()
	s.mu.Lock()
	for group := range s.groups {
		_ = syscall.Kill(-group, syscall.SIGKILL)
	}
	s.groups = nil
	s.mu.Unlock()
	s.wg.Wait()
}

// stallable is a connection that can be made to stall.
type stallable struct {
	net.Conn
	server *Server
	closed chan struct{}
	once   sync.Once
}

func (c *stallable) pass() {
	c.server.mu.Lock()
	stall := c.server.stall
	c.server.mu.Unlock()
	if stall == nil {
		return
	}
	select {
	case <-stall:
	case <-c.closed:
	}
}

func (c *stallable) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.pass()
	return n, err
}

func (c *stallable) Write(p []byte) (int, error) {
	c.pass()
	return c.Conn.Write(p)
}

func (c *stallable) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}
