// Package temporaltest is a Temporal server of a few lines for the tests of the
// command line: it speaks Temporal's own protocol on loopback, and what its
// operations do is what a test says.
package temporaltest

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
)

// Server keeps runs, the oldest first.
type Server struct {
	workflowservice.UnimplementedWorkflowServiceServer

	// Address is where it listens.
	Address string
	// OnStart is called with each run that a client starts, in a goroutine of its own.
	OnStart func(*Run)
	// OnUpdate answers an update of a run, as its handler or validator would.
	OnUpdate func(run *Run, name string, input *commonpb.Payloads) (any, error)
	// Retention is how long it says that it keeps runs.
	Retention time.Duration
	// Attributes are the search attributes that it says to have.
	Attributes map[string]enumspb.IndexedValueType
	// Pollers are who takes work from any task queue.
	Pollers []string
	// PageSize bounds the pages of lists; 0 means no bound.
	PageSize int

	mu      sync.Mutex
	changed chan struct{} // closed and replaced whenever anything changes
	runs    []*Run
	// queries and lists count what clients asked.
	queries int
	lists   []string
	resets  []*workflowservice.ResetWorkflowExecutionRequest
	grpc    *grpc.Server
	acting  sync.WaitGroup
}

// Start makes a server that ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &Server{Address: listener.Addr().String(), changed: make(chan struct{})}
	// Failures travel in headers and details as the real server sends them.
	s.grpc = grpc.NewServer(grpc.UnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		resp, err := handle(ctx, req)
		if err != nil {
			err = serviceerror.ToStatus(err).Err()
		}
		return resp, err
	}))
	workflowservice.RegisterWorkflowServiceServer(s.grpc, s)
	operatorservice.RegisterOperatorServiceServer(s.grpc, operators{server: s})
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = s.grpc.Serve(listener)
	}()
	t.Cleanup(func() {
		s.Stop()
		<-served
		s.acting.Wait()
	})
	return s
}

// Stop ends the server at once, as a kill would.
func (s *Server) Stop() { s.grpc.Stop() }

// Add puts a run there that began now, as if it had been started before.
func (s *Server) Add(id, workflowType string) *Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(id, workflowType)
}

// Runs returns all runs of a workflow ID, the oldest first.
func (s *Server) Runs(id string) []*Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	var runs []*Run
	for _, r := range s.runs {
		if r.id == id {
			runs = append(runs, r)
		}
	}
	return runs
}

// Queries is how many questions were asked so far.
func (s *Server) Queries() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queries
}

// Lists are the visibility queries that were asked.
func (s *Server) Lists() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.lists...)
}

// touch tells all who wait that something changed. The lock has to be held.
func (s *Server) touch() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// find returns a run; the newest where runID is empty. The lock has to be held.
func (s *Server) find(id, runID string) (*Run, error) {
	for i := len(s.runs) - 1; i >= 0; i-- {
		if r := s.runs[i]; r.id == id && (runID == "" || r.runID == runID) {
			return r, nil
		}
	}
	return nil, serviceerror.NewNotFound("workflow not found for ID: " + id)
}
