package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"aiolos/deploy"
)

// maxRequests bounds the operations whose files are kept in memory, 1 MiB each
// at most.
const maxRequests = 64

// requests reads the request of an operation from its history, where it is the
// input of the workflow: so a file travels once, and not to every node anew.
type requests struct {
	temporal client.Client
	// values decodes what histories hold.
	values converter.DataConverter

	mu    sync.Mutex
	known map[operation]map[string][]byte
	order []operation
}

type operation struct{ deployment, run string }

// File returns a file that a request carries.
func (r *requests) File(ctx context.Context, deployment, run, name string) ([]byte, error) {
	files, err := r.files(ctx, operation{deployment, run})
	if err != nil {
		return nil, err
	}
	content, ok := files[name]
	if !ok {
		return nil, fmt.Errorf("the request of %s does not carry the file %s", deployment, name)
	}
	return content, nil
}

func (r *requests) files(ctx context.Context, of operation) (map[string][]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if files, ok := r.known[of]; ok {
		return files, nil
	}
	request, err := r.read(ctx, of)
	if err != nil {
		return nil, err
	}
	if r.known == nil {
		r.known = map[operation]map[string][]byte{}
	}
	if len(r.order) == maxRequests {
		delete(r.known, r.order[0])
		r.order = r.order[1:]
	}
	r.known[of], r.order = request.Files, append(r.order, of)
	return request.Files, nil
}

// read decodes the input of a workflow: what its first event holds.
func (r *requests) read(ctx context.Context, of operation) (deploy.Request, error) {
	history := r.temporal.GetWorkflowHistory(ctx, of.deployment, of.run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	if !history.HasNext() {
		return deploy.Request{}, fmt.Errorf("%s has no history", of.deployment)
	}
	event, err := history.Next()
	if err != nil {
		return deploy.Request{}, err
	}
	started := event.GetWorkflowExecutionStartedEventAttributes()
	if started == nil {
		return deploy.Request{}, errors.New("a history does not begin with its start")
	}
	var request deploy.Request
	err = r.values.FromPayloads(started.GetInput(), &request)
	return request, err
}
