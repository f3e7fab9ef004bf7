package ssh

import (
	"net"
	"sync"
)

// wire is the TCP connection below an SSH connection. It remembers what ended
// it. The SSH library ends its channels alike whether the peer closed them or
// the connection broke; only here is it known in time which of the two it was.
type wire struct {
	net.Conn
	mu    sync.Mutex
	cause error
}

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if err != nil {
		w.fail(err)
	}
	return n, err
}

// fail notes why the connection is of no use any more; the first reason stays.
func (w *wire) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cause == nil {
		w.cause = err
	}
}

func (w *wire) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cause
}
