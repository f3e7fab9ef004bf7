// Package server runs a Temporal server with its UI inside the calling process,
// with a SQLite file as its database and all its ports on loopback.
package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/temporal"
)

// Host is where everything listens.
const Host = "127.0.0.1"

// Namespace is the only namespace.
const Namespace = "default"

// Retention is how long a closed workflow can be looked at.
const Retention = 30 * 24 * time.Hour

// Options say where a server keeps its data and where it listens.
type Options struct {
	// Database is the path of the SQLite file. It is made where it is missing;
	// what runs in an existing one goes on.
	Database string
	// Log is the path of the file that warnings and errors are appended to.
	Log string
	// GRPCPort, HTTPPort and UIPort are the ports of the frontend's gRPC and
	// HTTP interfaces and of the UI.
	GRPCPort, HTTPPort, UIPort int
	// Codec is the URL of the codec server that the UI asks; empty where there is none.
	Codec string
	// SearchAttributes are the namespace's search attributes beside Temporal's own.
	SearchAttributes map[string]enumspb.IndexedValueType
}

// Server is a running server.
type Server struct {
	options  Options
	temporal temporal.Server
	ui       *ui
}

// Start starts a server and returns once namespace, search attributes, the HTTP
// interface and the UI are there to be used. Whoever calls it sees to it that
// no second server uses the database, and stops this one.
func Start(ctx context.Context, o Options) (*Server, error) {
	s := &Server{options: o}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) error {
	if err := ensureDatabase(s.options); err != nil {
		return err
	}
	ports, err := freePorts(ctx, internalPorts)
	if err != nil {
		return err
	}
	cfg := configure(s.options, ports)
	logger := log.NewZapLogger(log.BuildZapLogger(log.Config{Level: "warn", OutputFile: s.options.Log}))
	// Whoever reaches loopback may do everything: it is a lab.
	mapper := authorization.NewNoopClaimMapper()
	server, err := temporal.NewServer(
		temporal.WithConfig(cfg),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts(cfg)),
		temporal.WithLogger(logger),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return mapper }),
		temporal.WithDynamicConfigClient(tuning),
	)
	if err != nil {
		return fmt.Errorf("prepare the Temporal server: %w", err)
	}
	if err := server.Start(); err != nil {
		return fmt.Errorf("start the Temporal server (its log is %s): %w", s.options.Log, err)
	}
	s.temporal = server
	s.ui = startUI(s.Address(), s.options)
	if err := ensureSearchAttributes(ctx, s.Address(), s.options.SearchAttributes); err != nil {
		return err
	}
	if err := answers(ctx, "http://"+address(s.options.HTTPPort)+"/api/v1/system-info"); err != nil {
		return err
	}
	return answers(ctx, s.UI())
}

// Stop stops the UI and the server. What runs goes on when the database is
// used again.
func (s *Server) Stop() error {
	if s.ui != nil {
		s.ui.stop()
	}
	if s.temporal == nil {
		return nil
	}
	if err := s.temporal.Stop(); err != nil {
		return fmt.Errorf("stop the Temporal server: %w", err)
	}
	return nil
}

// Address is the frontend's gRPC address, "host:port".
func (s *Server) Address() string { return address(s.options.GRPCPort) }

// UI is the UI's URL.
func (s *Server) UI() string { return "http://" + address(s.options.UIPort) }

func address(port int) string { return net.JoinHostPort(Host, strconv.Itoa(port)) }

// dial returns a client of the frontend.
func dial(ctx context.Context, address string) (client.Client, error) {
	c, err := client.DialContext(ctx, client.Options{HostPort: address, Namespace: Namespace, Logger: quiet{}})
	if err != nil {
		return nil, fmt.Errorf("reach the Temporal server at %s: %w", address, err)
	}
	return c, nil
}

// quiet is a logger for a client that has nothing to say beyond its errors.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
