// Package telemetry lets machines see what the worker does: metrics for
// Prometheus, traces for OpenTelemetry, and logs whose lines name the deployment,
// the node, the step and the trace that they are about.
//
// What is observed knows nothing of it: it is wrapped where the worker wires its
// parts, or tells a small observer of its own.
package telemetry
