package operation

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"aiolos/deploy"
	"aiolos/workflows"
)

// logTimeout is how long a worker may take for one look at a node's jobs.
const logTimeout = 2 * time.Minute

// Logs says whose output is wanted.
type Logs struct {
	Deployment string
	// Node and Step choose; empty means every one.
	Node, Step string
	// Follow goes on for as long as the operation does.
	Follow bool
}

// LogPiece is a piece of what a job has printed.
type LogPiece struct {
	Node string
	deploy.LoggedJob
	Text string
	// Ended says that nothing comes after.
	Ended bool
}

// Show hands over what jobs have printed, piece after piece, and returns how many jobs there
// were. It calls show from one goroutine at a time.
func (l Logs) Show(ctx context.Context, t Temporal, pace Pace, show func(LogPiece)) (int, error) {
	described, err := describe(ctx, t, Run{Deployment: l.Deployment})
	if err != nil {
		return 0, err
	}
	queue := described.GetWorkflowExecutionInfo().GetTaskQueue()
	status, err := ask(ctx, t, runOf(described.GetWorkflowExecutionInfo()))
	if err != nil {
		return 0, errors.New(unanswered(err, queue))
	}
	r := &logReader{Logs: l, temporal: t, queue: queue, pace: pace, show: show}
	for over := false; l.Follow && !over && len(status.Nodes) == 0; {
		// Before there is a plan, nobody knows the nodes.
		if over, status, err = r.later(ctx); err != nil {
			return 0, err
		}
	}
	nodes, err := l.nodes(&status)
	if err != nil {
		return 0, err
	}
	read := func(n deploy.NodeStatus) error {
		_, err := r.read(ctx, n, nil)
		return err
	}
	if l.Follow {
		read = func(n deploy.NodeStatus) error { return r.follow(ctx, n) }
	}
	err = r.all(nodes, read)
	return r.jobs, err
}

// nodes are those whose output is wanted. The error is a *deploy.InvalidError.
func (l Logs) nodes(s *deploy.Status) ([]deploy.NodeStatus, error) {
	var problems []deploy.Problem
	nodes := slices.Clone(s.Nodes)
	if l.Node != "" {
		nodes = slices.DeleteFunc(nodes, func(n deploy.NodeStatus) bool { return n.Name != l.Node })
		if len(nodes) == 0 {
			problems = append(problems, deploy.Problem{Field: "node", Value: l.Node, Allowed: oneOf(s.Nodes, func(n deploy.NodeStatus) string { return n.Name })})
		}
	}
	counted := slices.ContainsFunc(s.Counts, func(c deploy.StepCount) bool { return c.Name == l.Step })
	if l.Step != "" && !counted && !slices.ContainsFunc(s.Steps, func(step deploy.StepStatus) bool { return step.Name == l.Step }) {
		problems = append(problems, deploy.Problem{Field: "step", Value: l.Step, Allowed: oneOf(s.Steps, func(s deploy.StepStatus) string { return s.Name })})
	}
	if len(problems) > 0 {
		return nil, &deploy.InvalidError{Problems: problems}
	}
	return nodes, nil
}

// oneOf names what would have been right.
func oneOf[T any](all []T, name func(T) string) string {
	const most = 20
	var names []string
	for _, one := range all {
		if n := name(one); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	if len(names) == 0 {
		return "none: nothing is known of it yet"
	}
	if len(names) > most {
		names = append(names[:most], fmt.Sprintf("and %d more", len(names)-most))
	}
	return "one of: " + strings.Join(names, ", ")
}

// logReader reads the output of the jobs on several nodes.
type logReader struct {
	Logs
	temporal Temporal
	queue    string
	pace     Pace

	mu   sync.Mutex
	show func(LogPiece)
	jobs int

	// looking guards the last look at the operation, which serves all nodes that are
	// followed: who asked for each of them would keep the worker from its work.
	looking sync.Mutex
	looked  time.Time
	over    bool
	status  deploy.Status
	unsure  error
}

// look tells whether the operation is over, and where it stands.
func (r *logReader) look(ctx context.Context) (over bool, status *deploy.Status, unsure, err error) {
	r.looking.Lock()
	defer r.looking.Unlock()
	if time.Since(r.looked) >= r.pace.Most/2 {
		described, err := describe(ctx, r.temporal, Run{Deployment: r.Deployment})
		if err != nil {
			return false, nil, nil, err
		}
		r.over = described.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
		r.status, r.unsure = ask(ctx, r.temporal, runOf(described.GetWorkflowExecutionInfo()))
		r.looked = time.Now()
	}
	return r.over, &r.status, r.unsure, nil
}

// all reads nodes: together where they are followed, otherwise one after the other.
func (r *logReader) all(nodes []deploy.NodeStatus, read func(deploy.NodeStatus) error) error {
	most := 1
	if r.Follow {
		most = max(1, len(nodes))
	}
	turns := make(chan struct{}, most)
	errs := make([]error, len(nodes))
	var working sync.WaitGroup
	for i, n := range nodes {
		turns <- struct{}{}
		working.Go(func() {
			defer func() { <-turns }()
			// One that has not been launched, or is gone, has no output; but it may be launched yet.
			if r.Follow || launched(n) {
				errs[i] = read(n)
			}
		})
	}
	working.Wait()
	return errors.Join(errs...)
}

// read shows the jobs on a node that were not seen before, and returns all that were.
func (r *logReader) read(ctx context.Context, n deploy.NodeStatus, seen []string) ([]string, error) {
	node := deploy.Node{Name: n.Name, Group: n.Group, Index: n.Index, ID: n.ID, Address: n.Address, Hostname: n.Hostname}
	request := deploy.LogRequest{Deployment: r.Deployment, Node: node, Step: r.Step}
	found, err := r.ask(ctx, request)
	if err != nil {
		return seen, err
	}
	request.Wait = r.Follow
	for _, j := range found.Jobs {
		if slices.Contains(seen, j.ID) {
			continue
		}
		seen = append(seen, j.ID)
		request.Job, request.Offset, request.Step = j.ID, 0, j.Step
		r.tell(LogPiece{Node: n.Name, LoggedJob: j}, 1)
		for {
			log, err := r.ask(ctx, request)
			if err != nil {
				return seen, err
			}
			r.tell(LogPiece{Node: n.Name, LoggedJob: j, Text: log.Text, Ended: log.Ended}, 0)
			request.Offset = log.Offset
			if log.Ended || (!log.More && !r.Follow) {
				break
			}
		}
	}
	return seen, nil
}

func (r *logReader) tell(p LogPiece, jobs int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.jobs += jobs
	r.show(p)
}

// follow reads a node whenever a step of it has begun, until the operation ends.
func (r *logReader) follow(ctx context.Context, n deploy.NodeStatus) error {
	var seen []string
	before := ""
	for {
		over, status, unsure, err := r.look(ctx)
		if err != nil {
			return err
		}
		if at := slices.IndexFunc(status.Nodes, func(s deploy.NodeStatus) bool { return s.Name == n.Name }); at >= 0 {
			n = status.Nodes[at]
		}
		if now := r.stateOf(status, n.Name); unsure == nil && launched(n) && (now != before || over) {
			if seen, err = r.read(ctx, n, seen); err != nil {
				return err
			}
			before = now
		}
		if over {
			return nil
		}
		select {
		case <-time.After(r.pace.Most):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// launched says that there is a machine.
func launched(n deploy.NodeStatus) bool { return n.Address != "" || n.ID != "" }

// later looks again after a while.
func (r *logReader) later(ctx context.Context) (over bool, status deploy.Status, err error) {
	select {
	case <-time.After(r.pace.Least):
	case <-ctx.Done():
		return false, status, ctx.Err()
	}
	over, seen, _, err := r.look(ctx)
	if err != nil {
		return false, status, err
	}
	return over, *seen, nil
}

// stateOf tells whether anything has happened on a node that may have begun a job.
func (r *logReader) stateOf(s *deploy.Status, node string) string {
	var b strings.Builder
	for i := range s.Steps {
		if step := &s.Steps[i]; step.Node == node && (r.Step == "" || step.Name == r.Step) {
			fmt.Fprintf(&b, "%s %s %d,", step.Name, step.State, step.Attempts)
		}
	}
	return b.String()
}

// ask has a worker look at a node.
func (r *logReader) ask(ctx context.Context, request deploy.LogRequest) (deploy.Log, error) {
	var log deploy.Log
	err := question(ctx, r.temporal, client.StartWorkflowOptions{
		ID: "logs/" + r.Deployment + "/" + rand.Text(), TaskQueue: r.queue, WorkflowExecutionTimeout: logTimeout,
		StaticSummary: "logs of " + request.Node.Name,
	}, "read the output", &log, workflows.LogsType, request)
	var ended *temporal.WorkflowExecutionError
	if errors.As(err, &ended) {
		return log, failedBy(r.Deployment, ended)
	}
	return log, err
}
