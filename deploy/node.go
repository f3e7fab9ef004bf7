package deploy

// Disk is a data disk of a node: a block device of its own.
type Disk struct {
	// Device is the name that the node knows it by, for example "/dev/xvdj".
	Device string `json:"device"`
	// SizeGB is its size in units of 10^9 bytes, at least 1.
	SizeGB int `json:"size_gb"`
}

// Group is a number of like machines.
type Group struct {
	Name    string `json:"name"`
	Count   int    `json:"count"`
	Profile string `json:"profile"`
	// Image is what the nodes boot from, by a name that the worker's
	// configuration maps; empty means the profile's own.
	Image string `json:"image,omitempty"`
	Disks []Disk `json:"disks,omitempty"`
	// Facts are the facter facts that are collected on every node.
	Facts  []string          `json:"facts,omitempty"`
	Labels map[string]string `json:"labels,omitempty"`
	// Zones is over how many zones the nodes are spread; 0 means that it does not matter.
	Zones int `json:"zones,omitempty"`
}

// NodeSpec is one node as the plan wants it.
type NodeSpec struct {
	// Name is "<group>-<index>", unique in the deployment.
	Name  string `json:"name"`
	Group string `json:"group"`
	Index int    `json:"index"`
	// Hostname is the name that the machine gets: "<deployment>-<name>".
	Hostname string `json:"hostname"`
	Profile  string `json:"profile"`
	// Image is what the node boots from; empty means the profile's own.
	Image string `json:"image,omitempty"`
	Disks []Disk `json:"disks,omitempty"`
	// Labels are put on the machine, for people and tools that look at the provider.
	Labels map[string]string `json:"labels,omitempty"`
	// Zones is over how many zones the group is spread, and Zone which of them,
	// counted from 0, is this node's. Zones is 0 where it does not matter.
	Zones int `json:"zones,omitempty"`
	Zone  int `json:"zone,omitempty"`
}

// Instance is one machine as the provider has it.
type Instance struct {
	// Node is the name of the node that the machine serves as.
	Node  string `json:"node"`
	Group string `json:"group"`
	Index int    `json:"index"`
	// ID is the provider's own identifier (a container ID, an instance ID).
	ID string `json:"id"`
	// Address is the IP address at which the worker reaches it.
	Address string `json:"address"`
	// Hostname is the name by which the deployment's nodes reach it.
	Hostname string `json:"hostname"`
	Disks    []Disk `json:"disks,omitempty"`
	// Launched says that this call launched it; false means that it was there.
	Launched bool `json:"launched,omitempty"`
}

// Node is what an activity has to know to act on a node.
type Node struct {
	Name     string `json:"name"`
	Group    string `json:"group"`
	Index    int    `json:"index"`
	ID       string `json:"id"`
	Address  string `json:"address"`
	Hostname string `json:"hostname"`
	Disks    []Disk `json:"disks,omitempty"`
}

// AsNode returns the instance without what concerns only its launch.
func (i Instance) AsNode() Node {
	return Node{Name: i.Node, Group: i.Group, Index: i.Index, ID: i.ID, Address: i.Address, Hostname: i.Hostname, Disks: i.Disks}
}

// AsInstance returns the node as the machine that it is.
func (n Node) AsInstance() Instance {
	return Instance{Node: n.Name, Group: n.Group, Index: n.Index, ID: n.ID, Address: n.Address, Hostname: n.Hostname, Disks: n.Disks}
}

// Launch is what a provider needs to launch one node. It is never serialized:
// the user data holds the node's own secrets.
type Launch struct {
	NodeSpec
	// UserData is a cloud-config document (cloud-init's format).
	UserData []byte
}
