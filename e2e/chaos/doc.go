// Package chaos breaks deployments, and looks at what becomes of them: real nodes
// in a lab of its own, one fault a scenario. Its tests stand between the worker and
// what it talks to: a proxy before Temporal tells exactly when an activity is handed
// out, has had its effect, and is reported; one before the engine loses answers.
// Everything else is done to real processes, links and disks.
package chaos
