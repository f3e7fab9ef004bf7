package ec2

import (
	"cmp"
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// AnyImage is the name under which an image stands for all that are not named.
const AnyImage = "*"

// Config is what a Provider has to know. In YAML, its fields have the names of
// their tags; those without one are for tests.
type Config struct {
	// Region is the AWS region, such as "eu-central-1".
	Region string `yaml:"region,omitempty"`
	// Endpoint takes the place of AWS's own address, as for a simulator; empty
	// means AWS.
	Endpoint string `yaml:"endpoint,omitempty"`
	// Worker names who makes things here: all that is made carries it as the tag
	// aiolos:worker, and nothing without it is touched. Workers that share
	// deployments share the name.
	Worker string `yaml:"worker,omitempty"`
	// PublicAddresses makes the worker reach nodes by their public addresses, which
	// their subnets have to give them. Nodes reach each other by private ones.
	PublicAddresses bool `yaml:"public_addresses,omitempty"`
	// Profiles are the hardware profiles by name.
	Profiles map[string]Profile `yaml:"profiles,omitempty"`
	// Images are the images by the names that blueprints ask for; AnyImage
	// stands for every other name.
	Images map[string]Image `yaml:"images,omitempty"`
	// Credentials takes the place of those that the SDK finds; nil means these.
	Credentials aws.CredentialsProvider `yaml:"-"`

	// Parallel bounds how many calls that launch are under way at once, 1 to 100;
	// 0 means 5. EC2 bounds how many there may be in a second, for the account.
	Parallel int `yaml:"parallel,omitempty"`
	// CallsPerSecond bounds how many calls of EC2's API are made in a second, with those
	// that are made again, by all workers on the task queue together, 0.1 to 1000; 0
	// means no bound but EC2's own.
	CallsPerSecond float64 `yaml:"calls_per_second,omitempty"`
	// Turn is asked before each call, and returns when it may be made; nil means at once.
	Turn func(context.Context) error `yaml:"-"`
	// Poll is how long to wait between two looks at a deployment; 0 means 3 s.
	Poll time.Duration `yaml:"-"`
	// Visible bounds how long an instance that EC2 has confirmed may be missing
	// from its lists, which lag behind; 0 means 2 minutes.
	Visible time.Duration `yaml:"-"`
	// Patience bounds how long instances may take to run, or to be terminated;
	// 0 means 10 minutes.
	Patience time.Duration `yaml:"-"`
	// MaxAttempts is how often a call is made at most before its failure is
	// reported; 0 means 8.
	MaxAttempts int `yaml:"max_attempts,omitempty"`
	// MaxBackoff bounds the wait between two of these; 0 means 20 s.
	MaxBackoff time.Duration `yaml:"-"`
}

// Profile is what a hardware profile stands for here.
type Profile struct {
	// InstanceType is EC2's, such as "m7i.large".
	InstanceType string `yaml:"instance_type,omitempty"`
	// Image is what nodes boot from whose blueprint does not say.
	Image Image `yaml:"image,omitempty"`
	// Root changes the image's root volume; fields left empty stay as the image
	// has them. It has no device: the image knows.
	Root Volume `yaml:"root,omitempty"`
	// Volumes are the data volumes that come with the profile. A disk of a
	// blueprint with the device of one takes its settings, but for the size.
	Volumes []Volume `yaml:"volumes,omitempty"`
	// OtherVolumes are the settings of disks that a blueprint asks for at other
	// devices. It has neither a device nor a size.
	OtherVolumes Volume `yaml:"other_volumes,omitempty"`
	// Subnets are the subnets' IDs, in the order in which nodes go round them.
	Subnets []string `yaml:"subnets,omitempty"`
	// SecurityGroups are the IDs of groups that exist.
	SecurityGroups []string `yaml:"security_groups,omitempty"`
	// SSHFrom lists networks (CIDR). If there are any, a security group is made
	// for each deployment, which lets these in by SSH, and all that is among the
	// deployment's own nodes.
	SSHFrom []string `yaml:"ssh_from,omitempty"`
	// KeyName is a key pair of EC2; empty means none, as nodes do not need one.
	KeyName string `yaml:"key_name,omitempty"`
	// InstanceProfile is the name or the ARN of the role that the nodes have;
	// empty means none.
	InstanceProfile string `yaml:"instance_profile,omitempty"`
	// AllowIMDSv1 lets the metadata service answer without a session token. It
	// holds the user data, and so the node's secrets.
	AllowIMDSv1 bool `yaml:"allow_imds_v1,omitempty"`
	// HopLimit is how far answers of the metadata service may travel, from 1 to
	// 64; 0 means 1, which keeps them from containers.
	HopLimit int `yaml:"hop_limit,omitempty"`
	// Spot asks for spot instances.
	Spot bool `yaml:"spot,omitempty"`
	// SpotMaxPrice is the most to be paid, in US dollars an hour; empty means
	// the price on demand.
	SpotMaxPrice string `yaml:"spot_max_price,omitempty"`
	// PlacementGroup says how instances lie to each other.
	PlacementGroup PlacementGroup `yaml:"placement_group,omitempty"`
	// Tags are put on whatever is made, next to Aiolos's own.
	Tags map[string]string `yaml:"tags,omitempty"`
}

// Volume is an EBS volume's settings.
type Volume struct {
	// Device is the name that blueprints know it by, such as "/dev/xvdj".
	Device string `yaml:"device,omitempty"`
	// Type is EBS's, such as "gp3", which an empty one means for data volumes.
	Type string `yaml:"type,omitempty"`
	// SizeGiB is in units of 2^30 bytes.
	SizeGiB int `yaml:"size_gib,omitempty"`
	// IOPS is for types gp3, io1 and io2; 0 means the type's own.
	IOPS int `yaml:"iops,omitempty"`
	// Throughput is in MiB/s, for type gp3; 0 means the type's own.
	Throughput int `yaml:"throughput,omitempty"`
	// Encrypted asks for encryption even where the account does not by itself.
	Encrypted bool `yaml:"encrypted,omitempty"`
	// KMSKey is the ID, alias or ARN of the key; empty means the account's own.
	KMSKey string `yaml:"kms_key,omitempty"`
}

// PlacementGroup is one that exists, by Name, or one that is made for each
// deployment, with a Strategy: "cluster", "spread" or "partition". Neither means none.
type PlacementGroup struct {
	Name     string `yaml:"name,omitempty"`
	Strategy string `yaml:"strategy,omitempty"`
}

func (c Config) withDefaults() Config {
	c.Parallel = cmp.Or(c.Parallel, 5)
	c.Poll = cmp.Or(c.Poll, 3*time.Second)
	c.Visible = cmp.Or(c.Visible, 2*time.Minute)
	c.Patience = cmp.Or(c.Patience, 10*time.Minute)
	c.MaxAttempts = cmp.Or(c.MaxAttempts, 8)
	c.MaxBackoff = cmp.Or(c.MaxBackoff, 20*time.Second)
	return c
}
