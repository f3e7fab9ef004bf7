package gateway

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/time/rate"
)

// Bounds are limits as tests set them; zero is the usual one.
type Bounds struct {
	Connections, FromOne int
	Read                 time.Duration
	Signals              float64
	Burst                int
}

func (b Bounds) limits() limits {
	l := usual()
	if b.Connections > 0 {
		l.connections, l.fromOne = b.Connections, b.FromOne
	}
	if b.Read > 0 {
		l.header, l.read = b.Read, b.Read
	}
	if b.Burst > 0 {
		l.signals, l.burst = rate.Limit(b.Signals), b.Burst
	}
	return l
}

// ServeWithin serves a gateway on loopback within bounds.
func ServeWithin(ctx context.Context, b Bounds, verify func(deployment, node, token string) bool, sink func(context.Context, Signal) error, log *slog.Logger) ([]net.Addr, func() error, error) {
	return serve(ctx, []string{"127.0.0.1:0"}, handler(verify, sink, b.limits(), log), b.limits())
}

// NewWithin makes a gateway's handler within bounds.
func NewWithin(b Bounds, verify func(deployment, node, token string) bool, sink func(context.Context, Signal) error, log *slog.Logger) http.Handler {
	return handler(verify, sink, b.limits(), log)
}

// MaxSpeakers is how many nodes are remembered.
const MaxSpeakers = maxSpeakers
