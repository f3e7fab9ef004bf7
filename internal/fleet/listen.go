package fleet

import (
	"context"
	"net"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// listen returns the one listener of all machines. It takes connections to every
// address of this machine's loopback interface, and of no other.
func listen(port int) (net.Listener, error) {
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var bound error
		err := raw.Control(func(fd uintptr) { bound = unix.BindToDevice(int(fd), "lo") })
		if err != nil {
			return err
		}
		return bound
	}}
	return config.Listen(context.Background(), "tcp4", net.JoinHostPort("0.0.0.0", strconv.Itoa(port)))
}

// handshakeTimeout is how long whoever connects may take to log in.
const handshakeTimeout = 30 * time.Second

// accept hands connections to the machine whose address was connected to. Where
// there is none, or it boots still, the connection is refused.
func (f *Fleet) accept() {
	for {
		conn, err := f.listener.Accept()
		if err != nil {
			return // closed
		}
		f.connections.Add(1)
		m := f.machineAt(conn.LocalAddr())
		if m == nil || time.Now().Before(m.ready) {
			refuse(conn)
			continue
		}
		f.wg.Go(func() { m.serve(conn) })
	}
}

func (f *Fleet) machineAt(address net.Addr) *machine {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at[address.(*net.TCPAddr).IP.String()]
}

// refuse resets a connection, which to its other side is nearly what it is to be
// refused one.
func refuse(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
