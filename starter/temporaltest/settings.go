package temporaltest

import (
	"context"

	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// DescribeNamespace tells how long runs are kept.
func (s *Server) DescribeNamespace(_ context.Context, req *workflowservice.DescribeNamespaceRequest) (*workflowservice.DescribeNamespaceResponse, error) {
	return &workflowservice.DescribeNamespaceResponse{
		NamespaceInfo: &namespacepb.NamespaceInfo{Name: req.GetNamespace()},
		Config:        &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(s.Retention)},
	}, nil
}

// DescribeTaskQueue tells who takes work.
func (s *Server) DescribeTaskQueue(context.Context, *workflowservice.DescribeTaskQueueRequest) (*workflowservice.DescribeTaskQueueResponse, error) {
	resp := &workflowservice.DescribeTaskQueueResponse{}
	for _, who := range s.Pollers {
		resp.Pollers = append(resp.Pollers, &taskqueuepb.PollerInfo{Identity: who, LastAccessTime: timestamppb.Now()})
	}
	return resp, nil
}

// operators is what operators of a server may ask.
type operators struct {
	operatorservice.UnimplementedOperatorServiceServer

	server *Server
}

// ListSearchAttributes lists those of the namespace.
func (o operators) ListSearchAttributes(context.Context, *operatorservice.ListSearchAttributesRequest) (*operatorservice.ListSearchAttributesResponse, error) {
	return &operatorservice.ListSearchAttributesResponse{CustomAttributes: o.server.Attributes}, nil
}
