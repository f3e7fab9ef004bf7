package workflows_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
	"aiolos/workflows"
)

// deploymentName is what every made-up deployment is called.
const deploymentName = "pool"

// event is something that happened, in the order in which the workflow came to
// know it, or made it happen.
type event struct {
	// what is start, done, failed, cancelled, connected, signal, skip or undo.
	what       string
	step, node string
	attempt    int
	script     string
	made       []string
	leaving    []string
	bad        bool
}

// sim is a scenario in the test environment, at a simulated pace.
type sim struct {
	*testsuite.TestWorkflowEnvironment
	*fakes
	events []event
	// commands is what the workflow asked of the server, in order.
	commands []string
	looks    int
	// stuck tells why the operation would never have ended.
	stuck string
}

// fatal is what a test and a check of a property have in common.
type fatal interface {
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	FailNow()
}

// simulate runs a scenario to its end. How long everything takes follows from the seed.
func simulate(t fatal, c *scenario, seed uint64) *sim {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	s := &sim{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment()}
	s.fakes = newFakes(c, seed, s.happened)
	s.finish = s.simulated
	s.SetStartWorkflowOptions(startOptions(deploymentName))
	s.SetStartTime(time.Unix(1e9, 0))
	s.SetTestTimeout(10 * time.Second)
	s.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{&tracer{s: s}}})
	s.SetOnActivityCompletedListener(s.completed)
	s.SetOnActivityCanceledListener(func(info *activity.Info) { s.ended(info.ActivityID, "cancelled") })
	s.SetOnTimerScheduledListener(func(id string, after time.Duration) { s.command("timer", id, after) })
	s.SetOnTimerCanceledListener(func(id string) { s.command("no timer", id) })
	s.RegisterWorkflow(workflows.Deploy)
	s.RegisterWorkflow(workflows.Slice)
	s.OnSignalExternalWorkflow(mock.Anything, deploymentName, mock.Anything, workflows.ReportSignal, mock.Anything).
		Return(func(_, _, _, name string, arg any) error {
			s.SignalWorkflow(name, arg)
			return nil
		})
	s.register(s)
	s.signals(30*time.Minute, func(after time.Duration, node, name string) {
		s.RegisterDelayedCallback(func() { s.signal(node, name) }, after)
	})
	s.RegisterDelayedCallback(s.look, lookEvery)
	if c.Cancel > 0 {
		s.RegisterDelayedCallback(s.CancelWorkflow, c.Cancel)
	}
	s.ExecuteWorkflow(workflows.Deploy, c.request())
	if !s.IsWorkflowCompleted() {
		t.Fatalf("the workflow has not ended")
	}
	if s.stuck != "" {
		t.Fatalf("nothing happens any more, and nobody is asked:\n%s", s.stuck)
	}
	return s
}

// simulated has an activity end after some simulated time.
func (s *sim) simulated(ctx context.Context, after time.Duration, end func() (any, error)) (any, error) {
	token := activity.GetInfo(ctx).TaskToken
	s.RegisterDelayedCallback(func() {
		out, err := end()
		if err != nil {
			out = nil
		}
		_ = s.CompleteActivity(token, out, err)
		// The environment wakes only the workflow that it runs itself.
		if id := activity.GetInfo(ctx).WorkflowExecution.ID; id != deploymentName {
			_ = s.SignalWorkflowByID(id, workflows.NewsSignal, workflows.News{})
		}
	}, after)
	return nil, activity.ErrResultPending
}

func (s *sim) happened(e event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
}

func (s *sim) command(parts ...any) { s.commands = append(s.commands, fmt.Sprint(parts...)) }

// signal sends a node's signal.
func (s *sim) signal(node, name string) {
	s.happened(event{what: "signal", node: node, step: name})
	message := workflows.NodeMessage{Node: node, Name: name, Value: "true"}
	if slice, ok := workflows.SliceID(deploymentName, node); ok && s.SignalWorkflowByID(slice, workflows.NodeSignal, message) == nil {
		return
	}
	s.SignalWorkflow(workflows.NodeSignal, message)
}

// completed is called before the workflow goes on with an activity's result.
func (s *sim) completed(info *activity.Info, _ converter.EncodedValue, err error) {
	switch {
	case err == activity.ErrResultPending: //nolint:errorlint // the environment itself gives it, as it is
	case err != nil:
		s.ended(info.ActivityID, "failed")
	default:
		s.ended(info.ActivityID, "done")
	}
}

// ended notes the end of a step's activity, whose ID is "step/node".
func (s *sim) ended(id, how string) {
	step, node, _ := strings.Cut(id, "/")
	switch {
	case step == deploy.StepConnect && how == "done":
		s.happened(event{what: "connected", node: node})
	case s.c.step(step) != nil:
		s.happened(event{what: how, step: step, node: node})
	}
}

// status asks the operation where it stands.
func (s *sim) status(t fatal) deploy.Status {
	value, err := s.QueryWorkflow(workflows.StatusQuery)
	var status deploy.Status
	if err == nil {
		err = value.Get(&status)
	}
	if err != nil {
		t.Fatalf("status: %v", err)
	}
	return status
}

// tracer sees what the workflow asks for, in the workflow's own order.
type tracer struct {
	interceptor.WorkerInterceptorBase
	s *sim
}

func (t *tracer) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &inbound{interceptor.WorkflowInboundInterceptorBase{Next: next}, t.s}
}

type inbound struct {
	interceptor.WorkflowInboundInterceptorBase
	s *sim
}

func (i *inbound) Init(out interceptor.WorkflowOutboundInterceptor) error {
	return i.Next.Init(&outbound{interceptor.WorkflowOutboundInterceptorBase{Next: out}, i.s})
}

type outbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	s *sim
}

func (o *outbound) ExecuteActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	text, _ := json.Marshal(args)
	options := workflow.GetActivityOptions(ctx)
	o.s.command("activity ", name, " ", options.ActivityID, " ", options.Summary, " ", string(text))
	if in, ok := args[0].(activities.ActionInput[json.RawMessage]); ok {
		var config struct{ Script string }
		_ = json.Unmarshal(in.Config, &config)
		o.s.happened(event{what: "start", step: in.Step, node: in.Node.Name, attempt: in.Attempt, script: config.Script})
	}
	return o.Next.ExecuteActivity(ctx, name, args...)
}

func (o *outbound) UpsertTypedSearchAttributes(ctx workflow.Context, updates ...temporal.SearchAttributeUpdate) error {
	o.s.command("attributes ", len(updates))
	return o.Next.UpsertTypedSearchAttributes(ctx, updates...)
}

func (o *outbound) GetVersion(ctx workflow.Context, change string, least, most workflow.Version) workflow.Version {
	o.s.command("version ", change)
	return o.Next.GetVersion(ctx, change, least, most)
}
