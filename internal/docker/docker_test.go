package docker

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aiolos/deploy"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got any) {
	t.Helper()
	text, err := json.MarshalIndent(got, "", "  ")
	require.NoError(t, err)
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, append(text, '\n'), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(text))
}

func provider(t *testing.T) *Provider {
	t.Helper()
	p, err := New(Config{Host: "unix:///nowhere/docker.sock", Lab: "lab", Network: "net", Profiles: map[string]Profile{
		"small-x86_64": {Image: "aiolos-node:lab-0", MemoryMB: 512, CPUs: 1.5},
		"large-x86_64": {Image: "aiolos-node:lab-0"},
	}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

var storage0 = deploy.NodeSpec{
	Name: "storage-0", Group: "storage", Index: 0, Hostname: "demo-storage-0", Profile: "small-x86_64",
	Disks: []deploy.Disk{{Device: "/dev/xvdj", SizeGB: 147}, {Device: "/dev/xvdk", SizeGB: 1}},
}

// TestDoctorWithoutAnEngine says what to do, and nothing about what needs one.
func TestDoctorWithoutAnEngine(t *testing.T) {
	findings := provider(t).Doctor(t.Context())
	require.Len(t, findings, 1)
	require.Equal(t, deploy.VerdictFailed, findings[0].Verdict)
	require.Contains(t, findings[0].Found, "/nowhere/docker.sock")
	require.NotEmpty(t, findings[0].Advice)
}

func TestMachine(t *testing.T) {
	got, err := provider(t).machine("demo", storage0, map[string]string{"/dev/xvdj": "/dev/loop3", "/dev/xvdk": "/dev/loop4"})
	require.NoError(t, err)
	golden(t, "machine.json", got)
}

func TestDiskHelper(t *testing.T) {
	got := diskHelper("lab", "aiolos-node:lab-0", "detach", []string{"demo.storage-0."})
	require.Equal(t, disksScript, got.Config.Entrypoint[2])
	got.Config.Entrypoint[2] = "disks.sh"
	golden(t, "helper.json", got)
}

func TestSeed(t *testing.T) {
	packed, err := seed("0123", "demo-storage-0", []byte("#cloud-config\n{}\n"), map[string]string{"/etc/motd": "hello"})
	require.NoError(t, err)
	content := map[string]string{}
	for r := tar.NewReader(bytes.NewReader(packed)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if strings.Contains(h.Name, "seed") {
			require.Zero(t, h.Mode&0o077, "%s may be read by root only", h.Name)
		}
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		content[h.Name] = string(text)
	}
	require.Equal(t, map[string]string{
		"etc/motd":                             "hello",
		"var/lib/cloud/seed/nocloud/":          "",
		"var/lib/cloud/seed/nocloud/user-data": "#cloud-config\n{}\n",
		"var/lib/cloud/seed/nocloud/meta-data": `{"instance-id":"0123","local-hostname":"demo-storage-0"}`,
	}, content)
}

func TestProfiles(t *testing.T) {
	p := provider(t)
	require.Equal(t, []string{"large-x86_64", "small-x86_64"}, p.Profiles())
	spec := storage0
	spec.Profile = "huge"
	_, err := p.Launch(t.Context(), "demo", []deploy.Launch{{NodeSpec: spec}})
	var unknown *deploy.ProfileError
	require.ErrorAs(t, err, &unknown)
	require.EqualError(t, err, `unknown hardware profile "huge"; known are: large-x86_64, small-x86_64`)
}

func TestBadNamesAreRefusedBeforeTheEngineIsAsked(t *testing.T) {
	p := provider(t)
	bad := func(change func(*deploy.NodeSpec)) deploy.NodeSpec {
		spec := storage0
		change(&spec)
		return spec
	}
	var wrong *NameError
	for _, spec := range []deploy.NodeSpec{
		bad(func(s *deploy.NodeSpec) { s.Name = "../storage" }),
		bad(func(s *deploy.NodeSpec) { s.Name = "a.b" }),
		bad(func(s *deploy.NodeSpec) { s.Group = "" }),
		bad(func(s *deploy.NodeSpec) { s.Hostname = "x y" }),
		bad(func(s *deploy.NodeSpec) { s.Disks = []deploy.Disk{{Device: "/dev/../etc/passwd", SizeGB: 1}} }),
		bad(func(s *deploy.NodeSpec) { s.Disks = []deploy.Disk{{Device: "xvdj", SizeGB: 1}} }),
	} {
		_, err := p.Launch(t.Context(), "demo", []deploy.Launch{{NodeSpec: spec}})
		require.ErrorAs(t, err, &wrong)
	}
	_, err := p.Find(t.Context(), "demo;rm -rf /")
	require.ErrorAs(t, err, &wrong)
	_, err = p.Terminate(t.Context(), "demo", []string{"*"})
	require.ErrorAs(t, err, &wrong)
	_, err = New(Config{Lab: "", Network: "net"})
	require.ErrorAs(t, err, &wrong)
	_, err = RemoveAll(t.Context(), p.cli, "")
	require.ErrorAs(t, err, &wrong)
}

func TestEngineThatDoesNotAnswer(t *testing.T) {
	_, err := provider(t).Find(t.Context(), "demo")
	var failed *EngineError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "unix:///nowhere/docker.sock", failed.Host)
	require.ErrorContains(t, err, "see that the engine runs")
}

func TestInstanceReadsItsLabels(t *testing.T) {
	p := provider(t)
	options, err := p.machine("demo", storage0, map[string]string{"/dev/xvdj": "/dev/loop3", "/dev/xvdk": "/dev/loop4"})
	require.NoError(t, err)
	c := container.Summary{ID: "0123", Labels: options.Config.Labels}
	got, err := p.instance(c)
	require.NoError(t, err)
	require.Equal(t, deploy.Instance{Node: "storage-0", Group: "storage", ID: "0123", Hostname: "demo-storage-0", Disks: storage0.Disks}, got)

	c.NetworkSettings = &container.NetworkSettingsSummary{Networks: map[string]*network.EndpointSettings{"net": {}}}
	got, err = p.instance(c)
	require.NoError(t, err)
	require.Empty(t, got.Address, "a stopped container has no address")

	c.Labels = map[string]string{labelIndex: "zero"}
	_, err = p.instance(c)
	require.ErrorContains(t, err, "aiolos.index")
}

// The disk of one node must never pass for that of another.
func TestDiskFilesBelongToOneNode(t *testing.T) {
	name := rapid.StringMatching(`[a-z0-9][a-z0-9_-]{0,8}`)
	rapid.Check(t, func(t *rapid.T) {
		disk := deploy.Disk{Device: "/dev/" + rapid.StringMatching(`[a-z]{1,4}`).Draw(t, "device")}
		d1, n1 := name.Draw(t, "deployment"), name.Draw(t, "node")
		d2, n2 := name.Draw(t, "other deployment"), name.Draw(t, "other node")
		file := diskFile(d1, n1, disk)
		require.Equal(t, n1, nodeOf(file))
		has := func(prefix string) bool { return bytes.HasPrefix([]byte(file), []byte(prefix)) }
		require.Equal(t, d1 == d2, has(diskPrefix(d2)))
		require.Equal(t, d1 == d2 && n1 == n2, has(diskPrefix(d2, n2)))
	})
}

func TestErrorsShowTheirEvidence(t *testing.T) {
	launch := &LaunchError{Node: "storage-0", Op: "boot", Log: []string{"Failed to mount"}, Err: errors.New("it ended")}
	require.EqualError(t, launch, "launch storage-0: boot: it ended")
	require.Equal(t, []string{"Failed to mount"}, launch.Evidence())
	disk := &DiskError{Op: "attach", Exit: 1, Log: tail("losetup: no room\r\n")}
	require.EqualError(t, disk, "attach data disks: the helper's script ended with exit code 1")
	require.Equal(t, []string{"losetup: no room"}, disk.Evidence())
}
