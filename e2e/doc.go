// Package e2e tests Aiolos as its users meet it: through the binaries in bin/,
// in a lab with a real Temporal server and real nodes.
package e2e
