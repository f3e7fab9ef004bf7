package ec2

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aiolos/deploy"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got any) {
	t.Helper()
	text, err := json.Marshal(got)
	require.NoError(t, err)
	var plain any
	require.NoError(t, json.Unmarshal(text, &plain))
	text, err = json.MarshalIndent(pruned(plain), "", "  ")
	require.NoError(t, err)
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, append(text, '\n'), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(text))
}

// pruned leaves out what is not set, so that a golden file outlives versions of the SDK.
func pruned(v any) any {
	if list, ok := v.([]any); ok {
		for i := range list {
			list[i] = pruned(list[i])
		}
	}
	if fields, ok := v.(map[string]any); ok {
		for name, field := range fields {
			if field = pruned(field); field == nil || field == "" {
				delete(fields, name)
			}
		}
	}
	return v
}

func sample() Config {
	return Config{
		Region: "eu-central-1", Worker: "lab",
		Profiles: map[string]Profile{
			"small": {
				InstanceType: "t3.micro", Image: Image{ID: "ami-0123456789abcdef0"}, Subnets: []string{"subnet-0123456789abcdef0"},
				SecurityGroups: []string{"sg-0123456789abcdef0"}, Volumes: []Volume{{Device: "/dev/xvdj", SizeGiB: 137}},
			},
			"large": {
				InstanceType: "i4i.large", Image: Image{Parameter: "/aws/service/debian/release/12/latest/amd64"}, Subnets: []string{"subnet-0123456789abcdef0"},
				SSHFrom: []string{"10.0.0.0/8", "2001:db8::/32"}, KeyName: "ops", InstanceProfile: "nodes", AllowIMDSv1: true, HopLimit: 2,
				Root:    Volume{SizeGiB: 20, Type: "gp3", Encrypted: true, KMSKey: "alias/data"},
				Volumes: []Volume{{Device: "/dev/xvdj", SizeGiB: 137, Type: "io2", IOPS: 3000}}, OtherVolumes: Volume{Type: "gp3", IOPS: 4000, Throughput: 250},
				Spot: true, SpotMaxPrice: "0.05", PlacementGroup: PlacementGroup{Strategy: "spread"}, Tags: map[string]string{"team": "storage"},
			},
		},
		Images: map[string]Image{"al2023": {Owner: "137112412989", Name: "al2023-ami-2023.*-x86_64"}},
	}
}

// The requests are what was meant, to the last field.
func TestInput(t *testing.T) {
	p, err := New(t.Context(), sample())
	require.NoError(t, err)
	image := types.Image{ImageId: aws.String("ami-0123456789abcdef0"), RootDeviceName: aws.String("/dev/xvda"), BlockDeviceMappings: []types.BlockDeviceMapping{
		{DeviceName: aws.String("/dev/xvda"), Ebs: &types.EbsBlockDevice{VolumeSize: aws.Int32(8)}},
	}}
	for name := range p.cfg.Profiles {
		r := &run{deployment: "demo", profile: p.cfg.Profiles[name], image: image, Launch: deploy.Launch{UserData: []byte("#cloud-config\n{}\n"), NodeSpec: deploy.NodeSpec{
			Name: "storage-0", Group: "storage", Hostname: "demo-storage-0", Profile: name, Zones: 2, Zone: 1, Labels: map[string]string{"role": "brick"},
			Disks: []deploy.Disk{{Device: "/dev/xvdj", SizeGB: 100}, {Device: "/dev/xvdk", SizeGB: 1}},
		}}}
		if name == "large" {
			r.placement = "aiolos-lab-demo-spread"
		}
		golden(t, name+".json", p.input(r, place{subnet: subnet{id: "subnet-0123456789abcdef0"}, groups: []string{"sg-0123456789abcdef0"}}))
	}
}

func TestConfiguration(t *testing.T) {
	change := func(f func(*Profile)) func(*Config) {
		return func(c *Config) {
			p := c.Profiles["small"]
			f(&p)
			c.Profiles["small"] = p
		}
	}
	for field, f := range map[string]func(*Config){
		"worker":                                  func(c *Config) { c.Worker = "a*" },
		"region":                                  func(c *Config) { c.Region = "Frankfurt" },
		"endpoint":                                func(c *Config) { c.Endpoint = "localhost:5000" },
		"profiles":                                func(c *Config) { c.Profiles = nil },
		"parallel":                                func(c *Config) { c.Parallel = -1 },
		"calls_per_second":                        func(c *Config) { c.CallsPerSecond = math.NaN() },
		"images.al2023":                           func(c *Config) { c.Images["al2023"] = Image{Name: "al2023-*"} },
		"profiles.small.instance_type":            change(func(p *Profile) { p.InstanceType = "t3" }),
		"profiles.small.image":                    change(func(p *Profile) { p.Image = Image{ID: "ami-xyz"} }),
		"profiles.small.subnets":                  change(func(p *Profile) { p.Subnets = nil }),
		"profiles.small.subnets[0]":               change(func(p *Profile) { p.Subnets = []string{"10.0.0.0/24"} }),
		"profiles.small.subnets[1]":               change(func(p *Profile) { p.Subnets = append(p.Subnets, p.Subnets[0]) }),
		"profiles.small.security_groups":          change(func(p *Profile) { p.SecurityGroups = nil }),
		"profiles.small.security_groups[0]":       change(func(p *Profile) { p.SecurityGroups = []string{"default"} }),
		"profiles.small.ssh_from[0]":              change(func(p *Profile) { p.SSHFrom = []string{"10.0.0.1/8"} }),
		"profiles.small.hop_limit":                change(func(p *Profile) { p.HopLimit = 65 }),
		"profiles.small.spot_max_price":           change(func(p *Profile) { p.SpotMaxPrice = "0.1" }),
		"profiles.small.placement_group":          change(func(p *Profile) { p.PlacementGroup = PlacementGroup{"a", "spread"} }),
		"profiles.small.placement_group.strategy": change(func(p *Profile) { p.PlacementGroup.Strategy = "near" }),
		"profiles.small.tags":                     change(func(p *Profile) { p.Tags = map[string]string{"aws:x": "y"} }),
		"profiles.small.tags.x":                   change(func(p *Profile) { p.Tags = map[string]string{"x": strings.Repeat("y", 257)} }),
		"profiles.small.root.device":              change(func(p *Profile) { p.Root.Device = "/dev/xvda" }),
		"profiles.small.root.size":                change(func(p *Profile) { p.Root.SizeGiB = -1 }),
		"profiles.small.other_volumes":            change(func(p *Profile) { p.OtherVolumes.SizeGiB = 1 }),
		"profiles.small.volumes[0].device":        change(func(p *Profile) { p.Volumes = []Volume{{Device: "/dev/nvme1n1", SizeGiB: 1}} }),
		"profiles.small.volumes[1].device":        change(func(p *Profile) { p.Volumes = append(p.Volumes, p.Volumes[0]) }),
		"profiles.small.volumes[0].size":          change(func(p *Profile) { p.Volumes = []Volume{{Device: "/dev/xvdj"}} }),
		"profiles.small.volumes[0].type":          change(func(p *Profile) { p.Volumes = []Volume{{Device: "/dev/xvdj", SizeGiB: 1, Type: "ssd"}} }),
		"profiles.small.volumes[0].iops":          change(func(p *Profile) { p.Volumes = []Volume{{Device: "/dev/xvdj", SizeGiB: 1, Type: "io2"}} }),
		"profiles.small.volumes[0].throughput": change(func(p *Profile) {
			p.Volumes = []Volume{{Device: "/dev/xvdj", SizeGiB: 1, Type: "gp2", Throughput: 125}}
		}),
		"profiles.small.volumes[0].kms_key": change(func(p *Profile) { p.Volumes = []Volume{{Device: "/dev/xvdj", SizeGiB: 1, KMSKey: "k"}} }),
	} {
		t.Run(field, func(t *testing.T) {
			c := sample()
			f(&c)
			_, err := New(t.Context(), c)
			var invalid *deploy.InvalidError
			require.ErrorAs(t, err, &invalid)
			require.Len(t, invalid.Problems, 1, "%v", err)
			require.Equal(t, field, invalid.Problems[0].Field)
			require.NotEmpty(t, invalid.Problems[0].Allowed)
		})
	}
}

func TestWhatFailuresMean(t *testing.T) {
	for code, temporary := range map[string]bool{
		"RequestLimitExceeded": true, "InsufficientInstanceCapacity": true, "InvalidInstanceID.NotFound": true, "DependencyViolation": true,
		"UnauthorizedOperation": false, "VcpuLimitExceeded": false, "InvalidParameterValue": false, "InvalidAMIID.NotFound": false,
	} {
		err := apiError("launch", &smithy.GenericAPIError{Code: code, Message: "said"})
		failure, ok := asAPIError(err)
		require.True(t, ok)
		failure.Status = 400
		require.Equal(t, temporary, failure.Temporary(), code)
		require.Equal(t, deploy.KindLaunch, failure.Kind())
		require.Equal(t, []string{code + ": said"}, failure.Evidence())
	}
	require.True(t, (&APIError{Code: "Strange", Status: 503}).Temporary())
	require.True(t, (&APIError{}).Temporary(), "no answer")
	require.Contains(t, (&APIError{Code: codeUnauthorized, Status: 403}).Error(), "docs/iam-policy.json")
}

func TestDevicePath(t *testing.T) {
	require.Equal(t, "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0", DevicePath("vol-0123456789abcdef0"))
	require.Equal(t, "/dev/xvdj", xenPath("/dev/sdj"))
	require.Equal(t, "/dev/xvdj", xenPath("/dev/xvdj"))
}

// Neighbours land in different zones, and every subnet that a node may be in is tried once.
func TestNeighboursAreApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zones := rapid.IntRange(1, 4).Draw(t, "zones")
		var subnets []subnet
		for i := range rapid.IntRange(zones, 9).Draw(t, "subnets") {
			subnets = append(subnets, subnet{id: string(rune('a' + i)), zone: string(rune('A' + i%zones))})
		}
		subnets = rapid.Permutation(subnets).Draw(t, "order")
		wanted := rapid.IntRange(0, zones).Draw(t, "zones wanted")
		first := rapid.IntRange(0, 50).Draw(t, "index")
		seen := map[string]bool{}
		apart := zones
		if wanted > 0 {
			apart = wanted
		}
		for i := first; i < first+apart; i++ {
			spec := deploy.NodeSpec{Index: i, Zones: wanted}
			if wanted > 0 {
				spec.Zone = i % wanted
			}
			tries, err := candidates(spec, subnets)
			if err != nil {
				t.Fatal(err)
			}
			if seen[tries[0].zone] {
				t.Fatalf("two of %d neighbours in zone %s", apart, tries[0].zone)
			}
			seen[tries[0].zone] = true
			once := map[string]bool{}
			for _, s := range tries {
				if once[s.id] || wanted > 0 && s.zone != tries[0].zone {
					t.Fatalf("%v", tries)
				}
				once[s.id] = true
			}
			if wanted == 0 && len(once) != len(subnets) {
				t.Fatalf("%d of %d subnets are tried", len(once), len(subnets))
			}
		}
	})
	_, err := candidates(deploy.NodeSpec{Name: "a-0", Profile: "small", Zones: 3}, []subnet{{id: "a", zone: "A"}, {id: "b", zone: "B"}})
	require.EqualError(t, err, `node a-0: zones: found "3"; allowed: at most 2, as the subnets of the profile small are in so many`)
}

func TestSizes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gib := rapid.IntRange(1, maxVolume).Draw(t, "gib")
		if gibibytes(gigabytes(gib)) != gib {
			t.Fatalf("%d GiB became %d", gib, gibibytes(gigabytes(gib)))
		}
		gb := rapid.IntRange(1, deploy.MaxSizeGB).Draw(t, "gb")
		if gibibytes(gb)*gibibyte < gb*gigabyte {
			t.Fatalf("%d GB do not fit", gb)
		}
	})
}

// No two launches have one token, whose parts could be cut elsewhere, and tokens
// are as long as EC2 allows.
func TestTokens(t *testing.T) {
	part := rapid.SampledFrom([]string{"", "a", "b", "ab", "a-b", "-"})
	four := func(t *rapid.T, label string) [4]string {
		return [4]string{part.Draw(t, label), part.Draw(t, label), part.Draw(t, label), part.Draw(t, label)}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := four(t, "one"), four(t, "other")
		one, other := clientToken(a[0], a[1], a[2], a[3]), clientToken(b[0], b[1], b[2], b[3])
		if len(one) != maxToken || (one == other) != (a == b) {
			t.Fatalf("%v and %v have %s and %s", a, b, one, other)
		}
	})
}

func FuzzDisks(f *testing.F) {
	f.Add("xvdj=147 xvdk=1")
	f.Add("xvdj=")
	f.Fuzz(func(t *testing.T, text string) {
		disks, err := decodeDisks(text)
		if err != nil {
			return
		}
		again, err := decodeDisks(encodeDisks(disks))
		require.NoError(t, err)
		require.Equal(t, disks, again)
	})
}

func FuzzImage(f *testing.F) {
	for _, text := range []string{"ami-0123456789abcdef0", "ssm:/aws/service/x", "137112412989:al2023-ami-2023.*-x86_64", "self:", "ssm:", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		image, err := ParseImage(text)
		if err != nil {
			return
		}
		require.Equal(t, text, image.String())
	})
}
