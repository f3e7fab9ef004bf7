package ec2

const (
	gibibyte = 1 << 30
	gigabyte = 1_000_000_000
	// maxVolume is how large a volume may be, in GiB (io2 Block Express).
	maxVolume = 65536
)

// gibibytes is the size of the volume that holds a disk of so many gigabytes:
// EBS counts in units of 2^30 bytes, blueprints in units of 10^9.
func gibibytes(gb int) int { return (gb*gigabyte + gibibyte - 1) / gibibyte }

// gigabytes is how large a volume is in whole gigabytes. gibibytes takes it back.
func gigabytes(gib int) int { return gib * gibibyte / gigabyte }
