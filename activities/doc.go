// Package activities holds the retriable deeds of a deployment, one file a kind.
// Each looks first and changes only what differs, so that any attempt may be
// repeated. What they act through is handed in: see Deeds.
package activities
