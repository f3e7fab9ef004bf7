package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second
	// An answer may have to wait for the sink.
	writeTimeout = readTimeout + sinkTimeout + 5*time.Second
	idleTimeout  = time.Minute
	maxHeader    = 8 << 10
	// stopTimeout is how long requests may take to end once ctx has.
	stopTimeout = 5 * time.Second
)

// Serve serves h at all the addresses, each host:port, until ctx ends, and then
// lets the requests that came before end. It returns once it listens at all of
// them, in the order given, or at none. wait returns when all is closed; its
// error is why serving ended before ctx did, or which requests were cut off.
func Serve(ctx context.Context, listen []string, h http.Handler) (bound []net.Addr, wait func() error, err error) {
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
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader,
	}
	group, serving := errgroup.WithContext(ctx)
	for _, l := range listeners {
		group.Go(func() error {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
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
