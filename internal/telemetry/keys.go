package telemetry

// Keys by which logs and spans say what they are about.
const (
	deploymentKey = "deployment"
	nodeKey       = "node"
	traceKey      = "trace_id"
	spanKey       = "span_id"
)
