package operation

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"aiolos/deploy"
	"aiolos/workflows"
)

const (
	ofTemporal = "temporal"
	ofWorker   = "worker"
	askAgain   = "ask again"
)

// Doctor looks whether deployments can work: at Temporal from here, and at
// everything else from where the worker is. What is wrong is a finding.
func Doctor(ctx context.Context, t Temporal, queue string) deploy.Findings {
	var found deploy.Findings
	add := func(of string, findings ...deploy.Finding) {
		for _, f := range findings {
			f.Of = of
			found.Findings = append(found.Findings, f)
		}
	}
	add(ofTemporal, examineServer(ctx, t), examineNamespace(ctx, t), examineAttributes(ctx, t))
	polling := examineQueue(ctx, t, queue)
	add(ofWorker, polling)
	if polling.Verdict == deploy.VerdictFailed {
		return found
	}
	var told deploy.Findings
	err := question(ctx, t, client.StartWorkflowOptions{
		ID: "doctor/" + rand.Text(), TaskQueue: queue, WorkflowExecutionTimeout: lookTimeout, StaticSummary: "doctor",
	}, "told what it found", &told, workflows.DoctorType)
	if err != nil {
		add(ofWorker, deploy.Wrong("answer", deploy.VerdictFailed, err.Error(), "look at the worker's log, and see that it is of this release"))
	}
	found.Findings = append(found.Findings, told.Findings...)
	return found
}

// Unreachable is what Doctor has to say where there is no Temporal to ask.
func Unreachable(err error) deploy.Findings {
	advice := "see that the settings of the Temporal client in the environment are right (TEMPORAL_ADDRESS, TEMPORAL_CONFIG_FILE, …)"
	var unreachable *UnreachableError
	if errors.As(err, &unreachable) {
		advice = "start a lab on this machine (aiolos-lab up --detach), or say with TEMPORAL_ADDRESS where Temporal is"
		err = fmt.Errorf("no answer at %s: %w", unreachable.Address, unreachable.Cause)
	}
	f := deploy.Wrong("server", deploy.VerdictFailed, err.Error(), advice)
	f.Of = ofTemporal
	return deploy.Findings{Findings: []deploy.Finding{f}}
}

func examineServer(ctx context.Context, t Temporal) deploy.Finding {
	const check = "server"
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	info, err := t.WorkflowService().GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{})
	if err != nil {
		return deploy.Wrong(check, deploy.VerdictFailed, err.Error(), "see that it runs, and that TEMPORAL_ADDRESS is right")
	}
	if info.GetServerVersion() == "" {
		return deploy.Fine(check, "answers")
	}
	return deploy.Fine(check, "version %s", info.GetServerVersion())
}

// retention is how long Temporal keeps runs that are over.
func retention(ctx context.Context, t Temporal) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	described, err := t.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace(t)})
	return described.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration(), err
}

func examineNamespace(ctx context.Context, t Temporal) deploy.Finding {
	const check = "namespace"
	keeps, err := retention(ctx, t)
	if err != nil {
		return deploy.Wrong(check, deploy.VerdictFailed, fmt.Sprintf("%s: %s", namespace(t), err), "see that TEMPORAL_NAMESPACE is right, and that you may use it")
	}
	return deploy.Fine(check, "%s, which keeps runs for %s after their end", namespace(t), keeps)
}

func examineAttributes(ctx context.Context, t Temporal) deploy.Finding {
	const check = "search attributes"
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	listed, err := t.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace(t)})
	if err != nil {
		return deploy.Wrong(check, deploy.VerdictWarning, err.Error(), "if you may not list them, look them up in the Temporal UI: "+described())
	}
	var lacking []string
	for _, name := range slices.Sorted(maps.Keys(workflows.SearchAttributes())) {
		kind := workflows.SearchAttributes()[name]
		switch is, ok := listed.GetCustomAttributes()[name]; {
		case !ok:
			lacking = append(lacking, fmt.Sprintf("temporal operator search-attribute create --name %s --type %s", name, kind))
		case is != kind:
			return deploy.Wrong(check, deploy.VerdictFailed, fmt.Sprintf("%s is of the type %s, not %s", name, is, kind), "use a namespace of its own for Aiolos")
		}
	}
	if len(lacking) > 0 {
		return deploy.Wrong(check, deploy.VerdictFailed, fmt.Sprintf("the namespace lacks %d of %s", len(lacking), described()), strings.Join(lacking, "; "))
	}
	return deploy.Fine(check, "%s", described())
}

// described names the search attributes that there have to be.
func described() string {
	return strings.Join(slices.Sorted(maps.Keys(workflows.SearchAttributes())), ", ")
}

// fresh is within how long a poller has to have been seen. A worker polls again
// after a minute at the latest, and Temporal remembers pollers for five.
const fresh = 2 * time.Minute

func examineQueue(ctx context.Context, t Temporal, queue string) deploy.Finding {
	const check = "task queue"
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	who := map[string]bool{}
	for _, kind := range []enumspb.TaskQueueType{enumspb.TASK_QUEUE_TYPE_WORKFLOW, enumspb.TASK_QUEUE_TYPE_ACTIVITY} {
		described, err := t.DescribeTaskQueue(ctx, queue, kind)
		if err != nil {
			return deploy.Wrong(check, deploy.VerdictWarning, err.Error(), askAgain)
		}
		polled := false
		for _, p := range described.GetPollers() {
			if time.Since(p.GetLastAccessTime().AsTime()) < fresh {
				polled, who[p.GetIdentity()] = true, true
			}
		}
		if !polled {
			return deploy.Wrong(check, deploy.VerdictFailed, "no worker takes work from "+queue,
				"start aiolos-worker, or say with --task-queue where it takes its work from; see that its TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE are these")
		}
	}
	return deploy.Fine(check, "%s: %s", queue, strings.Join(slices.Sorted(maps.Keys(who)), ", "))
}
