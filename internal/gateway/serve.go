package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// writeTimeout is how long an answer may take, beside the sink's time.
	writeTimeout = 5 * time.Second
	maxHeader    = 8 << 10
	// stopTimeout is how long requests may take to end once ctx has.
	stopTimeout = 5 * time.Second
)

// Serve serves h at all the addresses, each host:port, within limits that all of
// them share (docs/decisions/0019-gateway-limits.md), until ctx ends, and then
// lets the requests that came before end. It returns once it listens at all of
// them, in the order given, or at none. wait returns when all is closed; its
// error is why serving ended before ctx did, or which requests were cut off.
func Serve(ctx context.Context, listen []string, h http.Handler) (bound []net.Addr, wait func() error, err error) {
	return serve(ctx, listen, h, usual())
}

func serve(ctx context.Context, listen []string, h http.Handler, limits limits) (bound []net.Addr, wait func() error, err error) {
	var config net.ListenConfig
	var listeners []net.Listener
	for _, address := range listen {
		l, err := config.Listen(ctx, "tcp", address)
		if err != nil {
			for _, l := range listeners {
				err = errors.Join(err, l.Close())
			}
			return nil, nil, fmt.Errorf("listen at %s: %w", address, err)
		}
		listeners = append(listeners, l)
		bound = append(bound, l.Addr())
	}
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: limits.header, ReadTimeout: limits.read, IdleTimeout: limits.idle,
		WriteTimeout: limits.read + sinkTimeout + writeTimeout, MaxHeaderBytes: maxHeader,
	}
	entrance := &door{limits: limits, from: map[netip.Prefix]int{}}
	group, serving := errgroup.WithContext(ctx)
	for _, l := range listeners {
		group.Go(func() error {
			if err := server.Serve(guarded{l, entrance}); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve at %s: %w", l.Addr(), err)
			}
			return nil
		})
	}
	group.Go(func() error {
		<-serving.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		if err := server.Shutdown(last); err != nil {
			return errors.Join(fmt.Errorf("requests were cut off: %w", err), server.Close())
		}
		return nil
	})
	return bound, group.Wait, nil
}
