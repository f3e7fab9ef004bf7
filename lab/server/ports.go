package server

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// freePorts returns ports on loopback that nobody listens on.
func freePorts(ctx context.Context, n int) (ports []int, err error) {
	// All are held until the last is found, so that they differ.
	for range n {
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(Host, "0"))
		if err != nil {
			return nil, fmt.Errorf("find a free port on %s: %w", Host, err)
		}
		defer func() { err = errors.Join(err, listener.Close()) }()
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
