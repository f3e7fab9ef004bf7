package deploy

import "time"

// Belonging is one thing that a worker has made, or taken, for a deployment.
type Belonging struct {
	Provider string `json:"provider"`
	// Deployment is whose it is, as its tags say.
	Deployment string `json:"deployment"`
	// Node is the name of the node that it is of; empty for what belongs to the
	// deployment as a whole.
	Node string `json:"node,omitempty"`
	// Kind says what it is, in the provider's words: instance, volume, container, lease…
	Kind string `json:"kind"`
	// ID is what the provider knows it by.
	ID string `json:"id"`
	// Made is when it was made; zero where nothing tells.
	Made time.Time `json:"made,omitzero"`
	// Billed says that it costs money for as long as it exists.
	Billed bool `json:"billed,omitempty"`
}

// Name is how it is called among those of its deployment, such as "volume vol-0a1b".
func (b Belonging) Name() string { return b.Kind + " " + b.ID }

// MaxBelongings bounds how many are told of at once, and removed by one
// operation: all of them have to fit into one payload.
const MaxBelongings = 5000

// Belongings is what providers hold.
type Belongings struct {
	Belongings []Belonging `json:"belongings"`
	// DefaultProvider is the worker's provider of operations that name none.
	DefaultProvider string `json:"default_provider,omitempty"`
	// More is how many there are beyond MaxBelongings.
	More int `json:"more,omitempty"`
	// Unseen says what could not be looked at, and why.
	Unseen []string `json:"unseen,omitempty"`
}
