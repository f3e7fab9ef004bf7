package hosts

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"aiolos/deploy"
	"aiolos/internal/remote"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestLife goes through the life of a deployment on real shells.
func TestLife(t *testing.T) {
	m := sandboxes{dir: t.TempDir()}
	p := provider(t, inventory(4), m)
	found, err := p.Find(t.Context(), "demo")
	require.NoError(t, err)
	require.Empty(t, found)

	nodes := group("storage", "any", 2)
	nodes[0].Disks = nil
	got := launch(t, p, "demo", nodes)
	require.Equal(t, []deploy.Instance{
		{Node: "storage-0", Group: "storage", Index: 0, ID: "hosts:m0", Address: "10.0.0.0", Hostname: "10.0.0.0", Launched: true},
		{Node: "storage-1", Group: "storage", Index: 1, ID: "hosts:m1", Address: "10.0.0.1", Hostname: "10.0.0.1", Launched: true},
	}, got)
	require.Regexp(t, "^deployment demo\nnode storage-0\ngroup storage\nindex 0\nmachine m0\nsince 2026-03-01T12:00:00Z\nattempt [A-Z2-7]+\ndisks \\[\\]$", m.text("m0"))

	// Another deployment passes them over; the same one finds its own, and grows.
	require.Equal(t, []string{"m2"}, ids(launch(t, p, "other", group("web", "any", 1))))
	got = launch(t, provider(t, inventory(4), m), "demo", group("storage", "any", 3))
	require.Equal(t, []string{"m0", "m1", "m3"}, ids(got))
	require.Equal(t, []bool{false, false, true}, []bool{got[0].Launched, got[1].Launched, got[2].Launched})
	found, err = p.Find(t.Context(), "demo")
	require.NoError(t, err)
	require.Equal(t, []string{"m0", "m1", "m3"}, ids(found))

	removed, err := p.Terminate(t.Context(), "demo", []string{"storage-1", "nobody-7"})
	require.NoError(t, err)
	require.Equal(t, []string{"storage-1"}, removed)
	require.Equal(t, []string{"m1"}, ids(launch(t, p, "third", group("web", "any", 1))))
	removed, err = p.Terminate(t.Context(), "demo", nil)
	require.NoError(t, err)
	require.Equal(t, []string{"storage-0", "storage-2"}, removed)
	removed, err = p.Terminate(t.Context(), "demo", nil)
	require.NoError(t, err)
	require.Empty(t, removed)
	removed, err = p.Terminate(t.Context(), "other", []string{})
	require.NoError(t, err)
	require.Empty(t, removed)
	// The others still have theirs, and the same request gets the same again.
	require.Contains(t, m.text("m1"), "deployment third\n")
	require.Contains(t, m.text("m2"), "deployment other\n")
	require.Equal(t, []string{"m0", "m3"}, ids(launch(t, p, "demo", group("storage", "any", 2))))
}

// TestMakesRoom finds machines for all where giving each the first that suits would
// not.
func TestMakesRoom(t *testing.T) {
	p := provider(t, inventory(3), newModels())
	nodes := append(group("a", "any", 1), group("b", "even", 2)...)
	require.Equal(t, []string{"m1", "m2", "m0"}, ids(launch(t, p, "demo", nodes)))
	// In another order, the same.
	nodes = append(group("b", "even", 2), group("a", "any", 1)...)
	_, err := p.Terminate(t.Context(), "demo", nil)
	require.NoError(t, err)
	require.Equal(t, []string{"m2", "m0", "m1"}, ids(launch(t, p, "demo", nodes)))
}

func TestDisks(t *testing.T) {
	i := inventory(2)
	i.Machines[1].Disks = []Disk{{Device: "/dev/sdb", SizeGB: 100}, {Device: "/dev/sdc", SizeGB: 10}}
	i.Profiles["store"] = Profile{Disks: []Disk{{Device: "/dev/sdb", SizeGB: 50}}}
	m := newModels()
	p := provider(t, i, m)
	require.Equal(t, map[string][]deploy.Disk{"store": {{Device: "/dev/sdb", SizeGB: 50}}}, p.Disks())
	nodes := group("s", "any", 1)
	nodes[0].Disks = []deploy.Disk{{Device: "/dev/sdc", SizeGB: 10}, {Device: "/dev/sdb", SizeGB: 50}}
	got := launch(t, p, "demo", nodes)
	require.Equal(t, []string{"m1"}, ids(got))
	require.Equal(t, nodes[0].Disks, got[0].Disks)
	found, err := p.Find(t.Context(), "demo")
	require.NoError(t, err)
	require.Equal(t, nodes[0].Disks, found[0].Disks)
	nodes[0].Name, nodes[0].Disks = "s-9", []deploy.Disk{{Device: "/dev/sdb", SizeGB: 101}}
	_, err = p.Launch(t.Context(), "demo", nodes)
	require.EqualError(t, err, "too few machines: no machine of profile any is left for s-9: none suits, by its labels and disks")
}

func TestTooFew(t *testing.T) {
	m := newModels()
	p := provider(t, inventory(4), m)
	launch(t, p, "other", group("web", "even", 1))
	_, err := p.Launch(t.Context(), "demo", append(group("db", "even", 2), group("any", "any", 1)...))
	var e *ShortageError
	require.ErrorAs(t, err, &e)
	require.Equal(t, deploy.KindConflict, e.Kind())
	require.Equal(t, "too few machines: no machine of profile even is left for db-1: m0 is other's web-0 since 2026-03-01T12:00:00Z, m2 goes to another node of this deployment", err.Error())
	require.Equal(t, []string{"m0 is other's web-0 since 2026-03-01T12:00:00Z", "m2 goes to another node of this deployment"}, e.Evidence())
	// Nothing was taken, so that others are not kept waiting by who waits.
	for _, name := range []string{"m1", "m2", "m3"} {
		require.Empty(t, m.text(name))
	}
}

// TestLostRaceGivesBack what was taken before another deployment was quicker.
func TestLostRaceGivesBack(t *testing.T) {
	m := &faulty{machines: newModels()}
	p := provider(t, inventory(2), m)
	p.cfg.Concurrent = 1
	m.after = func(name string, c remote.Command) error {
		if c.Args[1] == "take" && name == "m0" {
			m.put("m1", Lease{Deployment: "other", Group: "x", Node: "x-0", Machine: "m1", Attempt: "X", Since: noon}.String())
		}
		return nil
	}
	_, err := p.Launch(t.Context(), "demo", group("s", "any", 2))
	var short *ShortageError
	require.ErrorAs(t, err, &short)
	require.Empty(t, m.text("m0"))
	require.Contains(t, m.text("m1"), "deployment other\n")
}

// TestFoundByAnotherAttempt is no more this attempt's to give back.
func TestFoundByAnotherAttempt(t *testing.T) {
	m := &faulty{machines: newModels()}
	m.after = func(name string, c remote.Command) error {
		if c.Args[1] != "take" {
			return nil
		}
		l, err := ParseLease(m.text("m0"))
		l.Attempt = "B"
		m.put("m0", l.String())
		l.Machine, l.Attempt = "m1", "C"
		m.put("m1", l.String())
		return err
	}
	_, err := provider(t, inventory(2), m).Launch(t.Context(), "demo", group("s", "any", 1))
	var twice *TwiceError
	require.ErrorAs(t, err, &twice)
	require.NotEmpty(t, m.text("m0"))
	require.NotEmpty(t, m.text("m1"))
}

func TestRequestsThatCannotBe(t *testing.T) {
	p := provider(t, inventory(1), newModels())
	nodes := group("s", "huge", 1)
	_, err := p.Launch(t.Context(), "demo", nodes)
	require.EqualError(t, err, `unknown hardware profile "huge"; known are: any, even`)
	nodes[0].Profile, nodes[0].Image = "any", "ami-1"
	_, err = p.Launch(t.Context(), "demo", nodes)
	require.EqualError(t, err, `image "ami-1": machines that exist get no image; allowed is to name none`)
	nodes[0].Image = ""
	_, err = p.Launch(t.Context(), "a b", nodes)
	var e *NameError
	require.ErrorAs(t, err, &e)
	i := inventory(1)
	i.Images = []string{"*"}
	nodes[0].Image = "ami-1"
	launch(t, provider(t, i, newModels()), "demo", nodes)
}

// TestCrash loses the worker after each single command of a launch.
func TestCrash(t *testing.T) {
	for n := range 12 {
		m := &faulty{machines: newModels()}
		ctx, crash := context.WithCancel(t.Context())
		m.after = func(string, remote.Command) error {
			if m.count() > n {
				crash()
				return errLost
			}
			return nil
		}
		nodes := group("s", "any", 3)
		first, err := provider(t, inventory(4), m).Launch(ctx, "demo", nodes)
		crash()
		m.after = nil
		again := launch(t, provider(t, inventory(4), m), "demo", nodes)
		require.Equal(t, []string{"m0", "m1", "m2"}, ids(again))
		if err == nil {
			require.Equal(t, ids(first), ids(again))
		}
		require.Empty(t, m.text("m3"))
	}
}

// TestAway says what happens while a machine cannot be asked.
func TestAway(t *testing.T) {
	m := &faulty{machines: newModels(), away: map[string]error{}}
	p := provider(t, inventory(4), m)
	launch(t, p, "demo", group("s", "any", 2))
	var unknown *UnknownError
	m.away["m3"] = gone{}

	// All nodes are known to have a machine: it does not matter.
	require.Equal(t, []string{"m0", "m1"}, ids(launch(t, p, "demo", group("s", "any", 2))))
	// It may be the third node's. It is not, but who knows.
	_, err := p.Launch(t.Context(), "demo", group("s", "any", 3))
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, deploy.KindUnreachable, unknown.Kind())
	require.Equal(t, "it is not known who has m3, and s-2 of demo may be one of them; bring them back, or set out_of_service in the inventory for those that are gone for good: machine m3: look lease: connection refused", err.Error())
	require.Empty(t, m.text("m2"))
	// It cannot be one for this profile.
	require.Equal(t, []string{"m2"}, ids(launch(t, p, "third", group("x", "even", 1))))
	_, err = p.Find(t.Context(), "demo")
	require.ErrorAs(t, err, &unknown)
	// What is named is found, so that nothing else matters.
	removed, err := p.Terminate(t.Context(), "demo", []string{"s-0"})
	require.NoError(t, err)
	require.Equal(t, []string{"s-0"}, removed)
	removed, err = p.Terminate(t.Context(), "demo", nil)
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, []string{"s-1"}, removed)
	require.Empty(t, m.text("m1"))

	// Taken out of service, it is in nobody's way.
	i := inventory(4)
	i.Machines[3].OutOfService = true
	p = provider(t, i, m)
	require.Equal(t, []string{"m0", "m1"}, ids(launch(t, p, "demo", group("s", "any", 2))))
	_, err = p.Terminate(t.Context(), "demo", nil)
	require.NoError(t, err)
}

// TestWrongHostKeyStaysOne, however deep it is.
func TestWrongHostKeyStaysOne(t *testing.T) {
	m := &faulty{machines: newModels(), away: map[string]error{"m0": gone{}, "m1": hostKeyError{}}}
	_, err := provider(t, inventory(3), m).Find(t.Context(), "demo")
	var unknown *UnknownError
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, deploy.KindHostKey, unknown.Kind())
	require.Len(t, unknown.Evidence(), 2)
}

type hostKeyError struct{}

func (hostKeyError) Error() string     { return "another key" }
func (hostKeyError) Kind() deploy.Kind { return deploy.KindHostKey }

// TestLeaseThatNobodyCanRead is no free machine.
func TestLeaseThatNobodyCanRead(t *testing.T) {
	m := sandboxes{dir: t.TempDir()}
	p := provider(t, inventory(2), m)
	for _, text := range []string{"what is this", "deployment demo\nnode s-0"} {
		m.put("m0", text)
		_, err := p.Launch(t.Context(), "demo", group("s", "any", 1))
		var unknown *UnknownError
		require.ErrorAs(t, err, &unknown)
		require.Equal(t, deploy.KindConflict, unknown.Kind())
		require.Equal(t, text, m.text("m0"))
	}
	require.NoError(t, writeEmpty(m.file("m0")))
	_, err := p.Launch(t.Context(), "demo", group("s", "any", 1))
	require.ErrorContains(t, err, "cannot be read, or is empty")
}

func TestTwoMachinesForOneNode(t *testing.T) {
	m := newModels()
	p := provider(t, inventory(3), m)
	launch(t, p, "demo", group("s", "any", 1))
	l, err := ParseLease(m.text("m0"))
	require.NoError(t, err)
	l.Machine, l.Attempt = "m2", "OTHER"
	m.put("m2", l.String())
	var twice *TwiceError
	_, err = p.Launch(t.Context(), "demo", group("s", "any", 1))
	require.ErrorAs(t, err, &twice)
	require.Equal(t, []string{"m0", "m2"}, twice.Machines)
	_, err = p.Find(t.Context(), "demo")
	require.ErrorAs(t, err, &twice)
	removed, err := p.Terminate(t.Context(), "demo", nil)
	require.NoError(t, err)
	require.Equal(t, []string{"s-0"}, removed)
	require.Empty(t, m.text("m0")+m.text("m2"))
}

// TestOneMachineByTwoNames is one machine.
func TestOneMachineByTwoNames(t *testing.T) {
	m := newModels()
	i := inventory(3)
	p, err := New(Config{Inventory: i, Runner: func(machine Machine) remote.Runner {
		return m.runner(strings.Replace(machine.Name, "m1", "m0", 1))
	}})
	require.NoError(t, err)
	got := launch(t, p, "demo", group("s", "any", 2))
	require.Contains(t, ids(got), "m2")
	found, err := p.Find(t.Context(), "demo")
	require.NoError(t, err)
	require.Len(t, found, 2)
	_, err = p.Launch(t.Context(), "demo", group("s", "any", 3))
	var short *ShortageError
	require.ErrorAs(t, err, &short)
	require.Equal(t, ids(found), ids(launch(t, p, "demo", group("s", "any", 2))))
}

func TestPrepare(t *testing.T) {
	m := newModels()
	var seen []string
	p := provider(t, inventory(2), m)
	p.cfg.Concurrent = 1
	p.cfg.Prepare = func(_ context.Context, machine Machine, deployment string, spec deploy.NodeSpec) error {
		seen = append(seen, machine.Name+" "+deployment+" "+spec.Name)
		return nil
	}
	nodes := group("s", "any", 2)
	launch(t, p, "demo", nodes)
	require.Equal(t, []string{"m0 demo s-0", "m1 demo s-1"}, seen)
	p.cfg.Prepare = func(context.Context, Machine, string, deploy.NodeSpec) error { return errLost }
	_, err := p.Launch(t.Context(), "demo", nodes)
	require.ErrorIs(t, err, errLost)
}

// TestRestore holds on to a machine until what was put on it is gone.
func TestRestore(t *testing.T) {
	p := provider(t, inventory(2), newModels())
	p.cfg.Concurrent = 1
	launch(t, p, "demo", group("s", "any", 2))
	p.cfg.Restore = func(_ context.Context, _ Machine, _, node string) error {
		if node == "s-0" {
			return errLost
		}
		return nil
	}
	_, err := p.Terminate(t.Context(), "demo", nil)
	require.ErrorIs(t, err, errLost)
	found, err := p.Find(t.Context(), "demo")
	require.NoError(t, err)
	require.Contains(t, ids(found), "m0")
	var seen []string
	p.cfg.Restore = func(_ context.Context, machine Machine, deployment, node string) error {
		seen = append(seen, machine.Name+" "+deployment+" "+node)
		return nil
	}
	_, err = p.Terminate(t.Context(), "demo", nil)
	require.NoError(t, err)
	require.Contains(t, seen, "m0 demo s-0")
	found, err = p.Find(t.Context(), "demo")
	require.NoError(t, err)
	require.Empty(t, found)
}

func TestMachine(t *testing.T) {
	p := provider(t, inventory(2), newModels())
	m, ok := p.Machine("hosts:m1")
	require.True(t, ok)
	require.Equal(t, "m1", m.Name)
	for _, id := range []string{"m1", "hosts:m9", ""} {
		_, ok = p.Machine(id)
		require.False(t, ok)
	}
}
