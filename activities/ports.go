package activities

import (
	"context"

	"aiolos/deploy"
	"aiolos/internal/remote"
)

// Provider is where nodes come from. Every call is idempotent: it looks first
// and changes only what differs, so that an attempt may be repeated at will.
type Provider interface {
	// Profiles names the hardware profiles that the operator has mapped, sorted.
	Profiles() []string
	// Images names the images that the operator has mapped, sorted; "*" among
	// them takes any.
	Images() []string
	// Disks are the data disks that come with a profile, by its name, where a
	// blueprint does not say which there are.
	Disks() map[string][]deploy.Disk
	// Find returns the deployment's machines, by group and index.
	Find(ctx context.Context, deployment string) ([]deploy.Instance, error)
	// Launch makes those nodes exist, and returns all of them; Instance.Launched
	// tells which were missing before.
	Launch(ctx context.Context, deployment string, nodes []deploy.Launch) ([]deploy.Instance, error)
	// Terminate removes the named nodes, or all of the deployment where nodes
	// is nil, and returns what it removed. Nothing found is success.
	Terminate(ctx context.Context, deployment string, nodes []string) ([]string, error)
}

// Hosts reaches nodes that run.
type Hosts interface {
	// Runner returns the means to run commands on a node; it connects when first used.
	Runner(deployment string, node deploy.Node) remote.Runner
	// Await returns once the node answers and has proved its identity. Progress
	// is told what it waits for.
	Await(ctx context.Context, deployment string, node deploy.Node, progress func(string)) error
}

// Sources fetches git repositories.
type Sources interface {
	// Resolve returns the commit that a tag, branch or commit hash stands for now.
	Resolve(ctx context.Context, url, ref string) (commit string, err error)
	// Archive returns a commit's tree as a tar.
	Archive(ctx context.Context, url, commit string) ([]byte, error)
}

// Fetcher fetches files over HTTP.
type Fetcher interface {
	// Get returns what a URL holds, and its SHA-256 in hex. If one is wanted,
	// anything else is an error.
	Get(ctx context.Context, url, wanted string) (content []byte, digest string, err error)
}

// Requests knows what the operations that run were asked for.
type Requests interface {
	// File returns a file of the request that started an operation. Only its
	// name goes through the history, however many nodes want it.
	File(ctx context.Context, deployment, run, name string) ([]byte, error)
}

// Jobs is told of the jobs that are followed, by several goroutines at once.
type Jobs interface {
	// Follows is told that one is followed from now on.
	Follows()
	// Begun is told once that it is there, and whether it was before.
	Begun(found bool)
	// Ended is told how its script ended and how long that ran, in seconds; or, by
	// err, why it is followed no longer.
	Ended(exit int, seconds float64, err error)
}

// UserData composes what a node reads when it boots first. What it returns
// holds the node's secrets, and so never leaves the activity that launches.
type UserData func(deployment string, node deploy.NodeSpec) ([]byte, error)

// Deeds is all that activities can do to the world. Its fields are the only
// place where the outside comes in.
type Deeds struct {
	// Providers by name; DefaultProvider is one of them.
	Providers       map[string]Provider
	DefaultProvider string
	Hosts           Hosts
	Sources         Sources
	Fetcher         Fetcher
	Requests        Requests
	Secrets         Secrets
	UserData        UserData
	// Jobs and Notifications may be nil.
	Jobs          Jobs
	Notifications Notifications
	// Searchable tells which of the search attributes of deployments the namespace
	// knows; it may be nil.
	Searchable func(ctx context.Context) []string
	// Checks look at what the worker itself stands on, beside its providers.
	Checks []func(ctx context.Context) deploy.Finding
}
