package hosts

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aiolos/deploy"
	"aiolos/internal/remote"
)

// deed is what a worker does to a deployment.
type deed struct {
	deployment string
	// nodes are launched; -1 terminates all.
	nodes   int
	profile string
	// crash ends the worker after so many commands; 0 means never.
	crash int
}

// slow makes commands take their time.
type slow struct {
	machines
	// pause lets others run between commands.
	pause func()
}

func (s slow) runner(name string) remote.Runner {
	under := s.machines.runner(name)
	return runnerFunc(func(ctx context.Context, c remote.Command) (remote.Result, error) {
		s.pause()
		return under.Run(ctx, c)
	})
}

// do carries out one deed, as a worker of its own, and says who has which machines
// as far as that worker was told.
func do(inv Inventory, m machines, d deed) (got []deploy.Instance, launched bool, err error) {
	ctx, crash := context.WithCancel(context.Background())
	defer crash()
	f := &faulty{machines: m}
	f.after = func(string, remote.Command) error {
		if d.crash > 0 && f.count() >= d.crash {
			crash()
			return errLost
		}
		return nil
	}
	p, err := New(Config{Inventory: inv, Runner: func(machine Machine) remote.Runner { return f.runner(machine.Name) }, Now: func() time.Time { return noon }, Concurrent: 3})
	if err != nil {
		return nil, false, err
	}
	if d.nodes < 0 {
		_, err = p.Terminate(ctx, d.deployment, nil)
		return nil, false, err
	}
	got, err = p.Launch(ctx, d.deployment, group("s", d.profile, d.nodes))
	return got, err == nil, err
}

// check wants that what is leased and what was told agree, and that nothing is lost.
func check(t require.TestingT, inv Inventory, m machines, told map[string][]deploy.Instance) {
	p := provider(t, inv, m)
	owners := map[string]string{}
	for _, deployment := range []string{"a", "b", "c"} {
		found, err := p.Find(context.Background(), deployment)
		require.NoError(t, err)
		nodes := map[string]string{}
		for _, i := range found {
			require.Empty(t, owners[i.ID], "%s is leased twice", i.ID)
			owners[i.ID] = deployment
			nodes[i.Node] = i.ID
		}
		for _, i := range told[deployment] {
			require.Equal(t, i.ID, nodes[i.Node], "%s of %s", i.Node, deployment)
		}
	}
	for _, machine := range inv.Machines {
		if m.text(machine.Name) != "" {
			require.NotEmpty(t, owners[idPrefix+machine.Name], "the lease of %s is lost", machine.Name)
		}
	}
	// All come free again.
	for _, deployment := range []string{"a", "b", "c"} {
		_, err := p.Terminate(context.Background(), deployment, nil)
		require.NoError(t, err)
	}
	for _, machine := range inv.Machines {
		require.Empty(t, m.text(machine.Name))
	}
	launched, err := p.Launch(context.Background(), "a", group("s", "any", len(inv.Machines)))
	require.NoError(t, err)
	require.Len(t, launched, len(inv.Machines))
}

// race lets deeds run at once: those on one deployment after each other, as Temporal
// keeps operations apart, unless zombies are wanted.
func race(t require.TestingT, inv Inventory, m machines, deeds []deed, zombies bool) {
	var mu sync.Mutex
	told := map[string][]deploy.Instance{}
	var all sync.WaitGroup
	byDeployment := map[string][]deed{}
	for _, d := range deeds {
		key := d.deployment
		if zombies {
			key = fmt.Sprint(len(byDeployment))
		}
		byDeployment[key] = append(byDeployment[key], d)
	}
	var wrong error
	for _, queue := range byDeployment {
		all.Go(func() {
			for _, d := range queue {
				got, launched, err := do(inv, m, d)
				var short *ShortageError
				var racing *RaceError
				var twice *TwiceError
				mu.Lock()
				switch {
				case launched && zombies:
					// Nothing is given up here, so that whatever any attempt was told has to hold.
					told[d.deployment] = append(told[d.deployment], got...)
				case launched:
					told[d.deployment] = got
				case d.nodes < 0:
					told[d.deployment] = nil
				case d.crash > 0, errors.As(err, &short), errors.As(err, &racing), zombies && errors.As(err, &twice):
					// All that may happen.
				default:
					wrong = errors.Join(wrong, err)
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	require.NoError(t, wrong)
	if zombies {
		agree(t, m, told)
		return
	}
	check(t, inv, m, told)
}

// agree wants that all attempts which succeeded were told the same machine for a
// node, that it is leased to that node, and that no machine is told to two.
func agree(t require.TestingT, m machines, told map[string][]deploy.Instance) {
	has, of := map[string]string{}, map[string]string{}
	for deployment, all := range told {
		for _, i := range all {
			node := deployment + " " + i.Node
			require.Contains(t, []string{"", i.ID}, has[node], node)
			require.Contains(t, []string{"", node}, of[i.ID], i.ID)
			has[node], of[i.ID] = i.ID, node
			l, err := ParseLease(m.text(i.ID[len(idPrefix):]))
			require.NoError(t, err)
			require.Equal(t, node, l.Deployment+" "+l.Node)
		}
	}
}

func drawDeeds(t *rapid.T, terminate bool) []deed {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) deed {
		d := deed{
			deployment: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "deployment"),
			nodes:      rapid.IntRange(1, 4).Draw(t, "nodes"),
			profile:    rapid.SampledFrom([]string{"any", "even"}).Draw(t, "profile"),
		}
		if terminate && rapid.IntRange(0, 2).Draw(t, "what") == 0 {
			d.nodes = -1
		}
		if rapid.IntRange(0, 3).Draw(t, "crashes") == 0 {
			d.crash = rapid.IntRange(1, 20).Draw(t, "crash")
		}
		return d
	}), 1, 8).Draw(t, "deeds")
}

func scheduled(seed uint64) func() {
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(seed, 1))
	return func() {
		mu.Lock()
		n := r.IntN(200)
		mu.Unlock()
		time.Sleep(time.Duration(n) * time.Microsecond)
	}
}

// TestNeverTwiceNeverLost lets workers launch and terminate at once, some of which
// crash.
func TestNeverTwiceNeverLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := slow{machines: newModels(), pause: scheduled(rapid.Uint64().Draw(t, "schedule"))}
		race(t, inventory(5), m, drawDeeds(t, true), false)
	})
}

// TestAttemptsThoughtDead lets several attempts of one deployment run at once, as
// when Temporal has given up one that still runs.
func TestAttemptsThoughtDead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := slow{machines: newModels(), pause: scheduled(rapid.Uint64().Draw(t, "schedule"))}
		deeds := drawDeeds(t, false)
		for i := range deeds {
			deeds[i].crash = 0
		}
		race(t, inventory(5), m, deeds, true)
	})
}

// TestNeverTwiceOnRealShells is the same with the script itself, a few times.
func TestNeverTwiceOnRealShells(t *testing.T) {
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 2))
		var deeds []deed
		for range 6 {
			d := deed{deployment: string(rune('a' + r.IntN(3))), nodes: 1 + r.IntN(4), profile: "any"}
			if r.IntN(3) == 0 {
				d.nodes = -1
			}
			if r.IntN(3) == 0 {
				d.crash = 1 + r.IntN(12)
			}
			deeds = append(deeds, d)
		}
		dir, err := os.MkdirTemp(t.TempDir(), "")
		require.NoError(t, err)
		race(t, inventory(4), sandboxes{dir: dir}, deeds, false)
	}
}
