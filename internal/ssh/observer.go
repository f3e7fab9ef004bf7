package ssh

import "time"

// Observer is told of a pool's connections, by several goroutines at once. It must
// not block.
type Observer interface {
	// Dialled is told of an attempt to connect and to log in.
	Dialled(took time.Duration, err error)
	// Connected is told when a connection opens (1) and when it ends (-1).
	Connected(change int64)
}

func (p *Pool) observedDial(c *conn) error {
	if p.cfg.Observer == nil {
		return p.dial(c)
	}
	began := time.Now()
	err := p.dial(c)
	p.cfg.Observer.Dialled(time.Since(began), err)
	return err
}

// observeOpen tells of a connection that opens, and returns what tells of its end.
func (p *Pool) observeOpen() (ended func()) {
	if p.cfg.Observer == nil {
		return func() {}
	}
	p.cfg.Observer.Connected(1)
	return func() { p.cfg.Observer.Connected(-1) }
}
