package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
	"time"
)

// port is a port that the lab listens on.
type port struct {
	flag   string
	number int
	serves string
}

// portError says that a port cannot be listened on.
type portError struct {
	port    port
	address string
	err     error
}

func (e *portError) Error() string {
	if errors.Is(e.err, syscall.EADDRINUSE) {
		return fmt.Sprintf("%s is taken by another program, so %s cannot listen there; choose another port with %s", e.address, e.port.serves, e.port.flag)
	}
	return fmt.Sprintf("%s cannot listen on %s (%s): %v", e.port.serves, e.address, e.port.flag, e.err)
}

func (e *portError) Unwrap() error { return e.err }

// portPatience is how long a port may be taken still: a killed lab's worker dies
// with it, but a moment later.
const portPatience = 2 * time.Second

// checkFree makes sure that a port can be listened on. It is for a clear error:
// what listens there later may fail still, if another program comes first.
func checkFree(ctx context.Context, host string, p port) error {
	address := net.JoinHostPort(host, strconv.Itoa(p.number))
	give := time.NewTimer(portPatience)
	defer give.Stop()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
		if err == nil {
			return listener.Close()
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return &portError{port: p, address: address, err: err}
		}
		select {
		case <-again.C:
		case <-give.C:
			return &portError{port: p, address: address, err: err}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
