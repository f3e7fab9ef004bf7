package chaos

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/proxy"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"testing"
)

// point is a moment in the life of an attempt of an activity.
type point string

const (
	// given: the server handed it out, and the worker has not heard of it yet.
	given point = "handed out"
	// unreported: it had its effect, and the server has not heard of it yet.
	unreported point = "done, not reported"
	// reported: the server has recorded that it is done.
	reported point = "reported"
)

// moment is one of these for one activity of one workflow.
type moment struct {
	workflow, activity string
	point              point
}

// temporalProxy stands between the worker and Temporal.
type temporalProxy struct {
	server *grpc.Server
	mu     sync.Mutex
	tasks  map[string]moment
	// hooks run once, in the call that they are about. A call whose hook returns
	// true fails: what it carried is lost.
	hooks map[moment]func() bool
	seen  []moment
}

const mostBytes = 64 << 20

func startTemporalProxy(t *testing.T, listen, upstream string) *temporalProxy {
	t.Helper()
	conn, err := grpc.NewClient(upstream, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(mostBytes), grpc.MaxCallSendMsgSize(mostBytes)),
		// A server that is back is found at once.
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1, MaxDelay: 100 * time.Millisecond}, MinConnectTimeout: time.Second}))
	require.NoError(t, err)
	p := &temporalProxy{tasks: map[string]moment{}, hooks: map[moment]func() bool{}}
	service, err := proxy.NewWorkflowServiceProxyServer(proxy.WorkflowServiceProxyOptions{Client: workflowservice.NewWorkflowServiceClient(conn)})
	require.NoError(t, err)
	p.server = grpc.NewServer(grpc.UnaryInterceptor(p.intercept), grpc.MaxRecvMsgSize(mostBytes), grpc.MaxSendMsgSize(mostBytes))
	workflowservice.RegisterWorkflowServiceServer(p.server, service)
	grpc_health_v1.RegisterHealthServer(p.server, health{upstream: grpc_health_v1.NewHealthClient(conn)})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", listen)
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- p.server.Serve(listener) }()
	t.Cleanup(func() {
		p.server.Stop()
		require.NoError(t, <-served)
		require.NoError(t, conn.Close())
	})
	return p
}

// health answers for the server behind.
type health struct {
	grpc_health_v1.UnimplementedHealthServer
	upstream grpc_health_v1.HealthClient
}

func (h health) Check(ctx context.Context, in *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	return h.upstream.Check(ctx, in)
}

// at has something done at a moment, once.
func (p *temporalProxy) at(m moment, do func() (lose bool)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hooks[m] = do
}

// clear forgets what was to be done, and returns what was not.
func (p *temporalProxy) clear() []moment {
	p.mu.Lock()
	defer p.mu.Unlock()
	var left []moment
	for m := range p.hooks {
		left = append(left, m)
	}
	clear(p.hooks)
	clear(p.tasks)
	p.seen = nil
	return left
}

// reportedOf is what was reported of a workflow so far, in order.
func (p *temporalProxy) reportedOf(workflow string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ids []string
	for _, m := range p.seen {
		if m.workflow == workflow && m.point == reported {
			ids = append(ids, m.activity)
		}
	}
	return ids
}

func (p *temporalProxy) reach(m moment, at point) (lose bool) {
	m.point = at
	p.mu.Lock()
	do := p.hooks[m]
	delete(p.hooks, m)
	p.seen = append(p.seen, m)
	p.mu.Unlock()
	return do != nil && do()
}

func (p *temporalProxy) task(token []byte) moment {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tasks[string(token)]
}

func (p *temporalProxy) handedOut(task *workflowservice.PollActivityTaskQueueResponse) (lose bool) {
	if len(task.GetTaskToken()) == 0 {
		return false
	}
	m := moment{workflow: task.GetWorkflowExecution().GetWorkflowId(), activity: task.GetActivityId()}
	p.mu.Lock()
	p.tasks[string(task.GetTaskToken())] = m
	p.mu.Unlock()
	return p.reach(m, given)
}

func (p *temporalProxy) intercept(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	lost := status.Error(codes.Unavailable, "lost on the way")
	done, isDone := request.(*workflowservice.RespondActivityTaskCompletedRequest)
	if isDone && p.reach(p.task(done.GetTaskToken()), unreported) {
		return nil, lost
	}
	answer, err := handle(ctx, request)
	if err != nil {
		return answer, err
	}
	lose := false
	if isDone {
		lose = p.reach(p.task(done.GetTaskToken()), reported)
	}
	switch answer := answer.(type) {
	case *workflowservice.PollActivityTaskQueueResponse:
		lose = p.handedOut(answer)
	case *workflowservice.RespondWorkflowTaskCompletedResponse:
		// Activities may be handed out at once to the worker that asked for them.
		for _, task := range answer.GetActivityTasks() {
			lose = p.handedOut(task) || lose
		}
	}
	if lose {
		return nil, lost
	}
	return answer, nil
}
