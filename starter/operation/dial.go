package operation

import (
	"context"
	"os"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"

	"aiolos/codec"
)

// dialTimeout bounds how long a person waits to hear that there is no server.
const dialTimeout = 4 * time.Second

// Dial connects to the Temporal server that the environment names, in
// Temporal's own way: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_TLS…,
// TEMPORAL_API_KEY, and profiles of TEMPORAL_CONFIG_FILE. The error of a server
// that does not answer is an *UnreachableError. Payloads are encrypted as Payloads
// says.
func Dial(ctx context.Context) (Temporal, error) { return DialAs("")(ctx) }

// DialAs is Dial for a user, as user@host: histories name them as who started an operation.
func DialAs(user string) func(context.Context) (Temporal, error) {
	return func(ctx context.Context) (Temporal, error) { return dial(ctx, user) }
}

func dial(ctx context.Context, user string) (Temporal, error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return nil, err
	}
	if options.Identity == "" {
		options.Identity = user
	}
	if options.HostPort == "" {
		options.HostPort = client.DefaultHostPort
	}
	converters, err := Payloads()
	if err != nil {
		return nil, err
	}
	converters.Use(&options)
	// What matters is returned as errors; the client's log would tear the progress shown.
	options.Logger = quiet()
	if err := partOf(&options, os.Getenv); err != nil { //nolint:contextcheck // the parent comes from the environment
		return nil, err
	}
	options.ConnectionOptions.GetSystemInfoTimeout = dialTimeout
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	c, err := client.DialContext(ctx, options)
	if err != nil {
		return nil, &UnreachableError{Address: options.HostPort, Cause: err}
	}
	return &dialled{c, options.Namespace, converters}, nil
}

// dialled is a client that names its namespace where Temporal's own leaves that
// to the caller, and knows how payloads are encrypted.
type dialled struct {
	client.Client
	namespace  string
	converters codec.Converters
}

// Payloads is how what the client reads and writes is encrypted.
func (d *dialled) Payloads() codec.Converters { return d.converters }

// ResetWorkflowExecution takes a run up in the client's namespace.
func (d *dialled) ResetWorkflowExecution(ctx context.Context, request *workflowservice.ResetWorkflowExecutionRequest) (*workflowservice.ResetWorkflowExecutionResponse, error) {
	request.Namespace = namespace(d)
	return d.Client.ResetWorkflowExecution(ctx, request)
}

// namespace is the one that a client works in.
func namespace(t Temporal) string {
	if d, ok := t.(*dialled); ok && d.namespace != "" {
		return d.namespace
	}
	return client.DefaultNamespace
}
