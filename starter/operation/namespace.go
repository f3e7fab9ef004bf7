package operation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"
)

// EnsureNamespace makes the client's namespace where there is none, and tells
// whether it did. Retention is how long what has ended is remembered. One that
// exists is left as it is.
func EnsureNamespace(ctx context.Context, t Temporal, retention time.Duration) (made bool, err error) {
	d, ok := t.(*dialled)
	if !ok {
		return false, errors.New("this client cannot set up a namespace")
	}
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	name := namespace(d)
	_, err = d.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: name})
	var missing *serviceerror.NamespaceNotFound
	if err == nil || !errors.As(err, &missing) {
		return false, wrapped("look for the namespace "+name, err)
	}
	_, err = d.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(retention), Description: "Deployments of Aiolos",
	})
	var there *serviceerror.NamespaceAlreadyExists
	if errors.As(err, &there) {
		return false, nil
	}
	if err != nil {
		return false, wrapped("make the namespace "+name, err)
	}
	return true, wrapped("await the namespace "+name, awaitNamespace(ctx, d, name))
}

// namespacePause is between two looks whether a namespace is known.
const namespacePause = 200 * time.Millisecond

// awaitNamespace returns once all parts of the server know the namespace: they
// look for new ones every ten seconds.
func awaitNamespace(ctx context.Context, d *dialled, name string) error {
	tick := time.NewTicker(namespacePause)
	defer tick.Stop()
	for {
		_, err := d.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: name})
		var unknown *serviceerror.NamespaceNotFound
		if !errors.As(err, &unknown) {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}

func wrapped(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
