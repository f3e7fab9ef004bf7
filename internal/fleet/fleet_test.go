package fleet_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"aiolos/deploy"
	"aiolos/internal/facter"
	"aiolos/internal/fleet"
	"aiolos/internal/gluster"
	"aiolos/internal/job"
	"aiolos/internal/providertest"
	"aiolos/internal/puppet"
	"aiolos/internal/remote"
	"aiolos/internal/ssh"
	"aiolos/internal/trust"
	"aiolos/internal/userdata"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const profile = "small-x86_64"

// world is a fleet with its provider, and what the worker has beside it.
type world struct {
	*fleet.Provider
	fleet  *fleet.Fleet
	secret trust.Secret
	pool   *ssh.Pool
	// signals are what nodes signalled, as "node name".
	mu      sync.Mutex
	signals []string
	gateway string
}

func start(t *testing.T, o fleet.Options) *world {
	t.Helper()
	if o.Scale == 0 {
		o.Scale = 0.01
	}
	f, err := fleet.Start(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	api := httptest.NewServer(f.Handler())
	t.Cleanup(api.Close)
	secret, err := trust.New()
	require.NoError(t, err)
	w := &world{fleet: f, secret: secret}
	w.Provider = fleet.NewProvider(fleet.ProviderConfig{
		URL: api.URL, Profiles: []string{profile}, Images: []string{"debian"}, Disks: []deploy.Disk{{Device: "/dev/xvdj", SizeGB: 147}},
	})
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	w.pool = ssh.NewPool(ssh.Config{ClientKeys: trust.One(secret).ClientKeys(), HostKeys: trust.One(secret).HostKeys})
	t.Cleanup(func() { _ = w.pool.Close() })
	gateway := httptest.NewServer(http.HandlerFunc(w.take))
	t.Cleanup(func() { gateway.Close(); http.DefaultTransport.(*http.Transport).CloseIdleConnections() })
	w.gateway = gateway.URL
	return w
}

// take is the signal gateway.
func (w *world) take(out http.ResponseWriter, r *http.Request) {
	var s struct{ Deployment, Node, Name, Value string }
	token, _ := trust.Bearer(r)
	if json.NewDecoder(r.Body).Decode(&s) != nil || !w.secret.VerifyToken(s.Deployment, s.Node, token) {
		out.WriteHeader(http.StatusForbidden)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.signals = append(w.signals, s.Node+" "+s.Name)
}

func (w *world) userData(t testing.TB, deployment, node string) []byte {
	t.Helper()
	data, err := userdata.Data{
		Deployment: deployment, Node: node, Hostname: deployment + "-" + node, HostKey: w.secret.HostKey(deployment, node),
		AuthorizedKey: w.secret.ClientKey().Public().(ed25519.PublicKey), SignalURL: w.gateway, SignalToken: w.secret.Token(deployment, node),
	}.Render()
	require.NoError(t, err)
	return data
}

// launch launches nodes of the deployment d, and returns them once they answer.
func (w *world) launch(t testing.TB, count int) []deploy.Instance {
	t.Helper()
	var nodes []deploy.Launch
	for i := range count {
		name := fmt.Sprintf("storage-%d", i)
		nodes = append(nodes, deploy.Launch{UserData: w.userData(t, "d", name), NodeSpec: deploy.NodeSpec{
			Name: name, Group: "storage", Index: i, Hostname: "d-" + name, Profile: profile,
		}})
	}
	instances, err := w.Launch(t.Context(), "d", nodes)
	require.NoError(t, err)
	for _, i := range instances {
		require.NoError(t, w.pool.Await(t.Context(), w.target(i), nil))
	}
	return instances
}

func (w *world) target(i deploy.Instance) ssh.Target {
	return ssh.Target{Deployment: "d", Node: i.Node, Address: i.Address, Port: w.fleet.Port()}
}

func (w *world) runner(i deploy.Instance) remote.Runner { return w.pool.Runner(w.target(i)) }

func TestProvider(t *testing.T) {
	providertest.Run(t, providertest.Subject{
		Nodes: 5,
		New: func(t *testing.T) providertest.Fixture {
			w := start(t, fleet.Options{})
			return providertest.Fixture{
				Provider: w.Provider, Profile: profile, Disks: []deploy.Disk{{Device: "/dev/xvdj", SizeGB: 1}}, UserData: w.userData(t, "any", "any"),
				Machines: func(t *testing.T, deployment string) int {
					count := 0
					for _, b := range w.fleet.Belongings() {
						if b.Deployment == deployment {
							count++
						}
					}
					return count
				},
			}
		},
	})
}

// puppetJob is a run of a built-in module, as the worker sends it.
func puppetJob(t testing.TB, id, signal string) job.Spec {
	t.Helper()
	script, env, archive, err := puppet.Run{Module: "glusterfs", Signal: signal}.Job()
	require.NoError(t, err)
	return job.Spec{ID: id, Tag: "configure", Exclusive: "turn", Script: script, Env: env, Archive: archive}
}

// TestPuppet goes the worker's whole way: SSH with derived keys, the job protocol,
// the report, and the node's own signal.
func TestPuppet(t *testing.T) {
	w := start(t, fleet.Options{})
	node := w.launch(t, 1)[0]
	var lines []string
	done, err := job.Run(t.Context(), w.runner(node), puppetJob(t, "one", "glusterup"), func(p job.Progress) { lines = append(lines, p.LastLine) })
	require.NoError(t, err)
	require.Zero(t, done.Exit)
	require.False(t, done.Found)
	require.Positive(t, done.Seconds)
	require.Contains(t, string(done.Head), "simulated: Puppet")
	require.Contains(t, strings.Join(lines, "\n"), "simulated")
	require.Equal(t, []string{"storage-0 glusterup"}, w.signals)

	text, err := job.ReadFile(t.Context(), w.runner(node), "one", puppet.ReportFile, puppet.MaxReportBytes)
	require.NoError(t, err)
	report, err := puppet.ParseReport(text)
	require.NoError(t, err)
	require.Equal(t, "changed", report.Status)

	// Whoever asks for the same job again gets the same result, and it is not run again.
	again, err := job.Run(t.Context(), w.runner(node), puppetJob(t, "one", "glusterup"), nil)
	require.NoError(t, err)
	require.True(t, again.Found)
	require.Equal(t, done.Tail, again.Tail)
	require.EqualValues(t, 1, w.fleet.Figures("").Jobs)

	// A new one finds all applied.
	_, err = job.Run(t.Context(), w.runner(node), puppetJob(t, "two", ""), nil)
	require.NoError(t, err)
	text, err = job.ReadFile(t.Context(), w.runner(node), "two", puppet.ReportFile, puppet.MaxReportBytes)
	require.NoError(t, err)
	require.Contains(t, string(text), "unchanged")
	require.Greater(t, w.fleet.Figures("d").SlowestSeconds, done.Seconds)
	require.Equal(t, "storage-0", w.fleet.Figures("d").Slowest)
}

// TestJobSurvives gives up following, and finds the job again.
func TestJobSurvives(t *testing.T) {
	w := start(t, fleet.Options{Scale: 0.1})
	node := w.launch(t, 1)[0]
	ctx, cancel := context.WithCancel(t.Context())
	_, err := job.Run(ctx, w.runner(node), puppetJob(t, "j", ""), func(job.Progress) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
	done, err := job.Run(t.Context(), w.runner(node), puppetJob(t, "j", ""), nil)
	require.NoError(t, err)
	require.True(t, done.Found)
	require.Zero(t, done.Exit)
	require.EqualValues(t, 1, w.fleet.Figures("").Jobs)
}

func TestJobIsStopped(t *testing.T) {
	w := start(t, fleet.Options{Faults: []fleet.Fault{{What: fleet.FaultSlow, Factor: 20}}})
	node := w.launch(t, 1)[0]
	ended := make(chan job.Result, 1)
	begun := make(chan struct{})
	var once sync.Once
	go func() {
		done, err := job.Run(t.Context(), w.runner(node), puppetJob(t, "j", ""), func(job.Progress) { once.Do(func() { close(begun) }) })
		if err != nil {
			t.Error(err)
		}
		ended <- done
	}()
	<-begun
	require.NoError(t, job.Stop(t.Context(), w.runner(node), "j", time.Second))
	require.Equal(t, 143, (<-ended).Exit)
	require.NoError(t, job.Stop(t.Context(), w.runner(node), "never", time.Second))
	done, err := job.Run(t.Context(), w.runner(node), puppetJob(t, "never", ""), nil)
	require.NoError(t, err)
	require.Equal(t, 143, done.Exit)
}

func TestFaults(t *testing.T) {
	w := start(t, fleet.Options{Faults: []fleet.Fault{
		{What: fleet.FaultPuppet, Node: "storage-0", Times: 1},
		{What: fleet.FaultConnection, Node: "storage-1", Times: 1},
		{What: fleet.FaultSignal, Node: "storage-2"},
		{What: fleet.FaultLaunch, Node: "web-*"},
	}})
	nodes := w.launch(t, 3)
	done, err := job.Run(t.Context(), w.runner(nodes[0]), puppetJob(t, "j", "up"), nil)
	require.NoError(t, err)
	require.Equal(t, 4, done.Exit)
	done, err = job.Run(t.Context(), w.runner(nodes[0]), puppetJob(t, "k", "up"), nil)
	require.NoError(t, err)
	require.Zero(t, done.Exit)

	_, err = job.Run(t.Context(), w.runner(nodes[1]), puppetJob(t, "j", ""), nil)
	var lost *ssh.LostError
	require.ErrorAs(t, err, &lost)
	done, err = job.Run(t.Context(), w.runner(nodes[1]), puppetJob(t, "j", ""), nil)
	require.NoError(t, err)
	require.True(t, done.Found)

	_, err = job.Run(t.Context(), w.runner(nodes[2]), puppetJob(t, "j", "up"), nil)
	require.NoError(t, err)
	require.Equal(t, []string{"storage-0 up"}, w.signals)

	_, err = w.Launch(t.Context(), "d", []deploy.Launch{{UserData: w.userData(t, "d", "web-0"), NodeSpec: deploy.NodeSpec{
		Name: "web-0", Group: "web", Hostname: "d-web-0", Profile: profile,
	}}})
	var refused *fleet.LaunchError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "web-0", refused.Node)

	_, err = fleet.Start(fleet.Options{Faults: []fleet.Fault{{What: "fire", Node: "[", Rate: 2, Times: -1}, {What: fleet.FaultSlow}}})
	var invalid *deploy.InvalidError
	require.ErrorAs(t, err, &invalid)
	require.Len(t, invalid.Problems, 5)
}

// TestTimes wants the same seed to give the same times, and another one others.
func TestTimes(t *testing.T) {
	own := func(seed uint64) float64 {
		w := start(t, fleet.Options{Seed: seed})
		w.launch(t, 3)
		return w.fleet.Figures("d").SumSeconds
	}
	require.InDelta(t, own(1), own(1), 1e-9)
	require.NotEqual(t, own(1), own(2)) //nolint:testifylint // not even nearly
}

func TestScriptAndFacts(t *testing.T) {
	w := start(t, fleet.Options{})
	node := w.launch(t, 1)[0]
	facts, err := facter.Collect(t.Context(), w.runner(node), []string{"os.family", "networking", "nothing"})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"family": "Debian"}, facts["os"])
	require.Equal(t, node.Address, facts["networking"].(map[string]any)["ip"])
	require.NotContains(t, facts, "nothing")

	result, err := w.runner(node).Run(t.Context(), remote.Command{Script: "rm -rf /", Args: []string{"it's"}})
	require.NoError(t, err)
	require.Equal(t, 127, result.Exit)
	require.Contains(t, string(result.Stderr), "does not know")
}

// TestStranger wants nobody else to be let in, and another node's key to be seen.
func TestStranger(t *testing.T) {
	w := start(t, fleet.Options{})
	node := w.launch(t, 1)[0]
	other, err := trust.New()
	require.NoError(t, err)
	pool := ssh.NewPool(ssh.Config{ClientKeys: trust.One(other).ClientKeys(), HostKeys: trust.One(w.secret).HostKeys, AuthPatience: time.Millisecond})
	defer pool.Close()
	var auth *ssh.AuthError
	require.ErrorAs(t, pool.Await(t.Context(), w.target(node), nil), &auth)
	target := w.target(node)
	target.Node = "storage-1"
	var wrong *ssh.HostKeyError
	require.ErrorAs(t, w.pool.Await(t.Context(), target, nil), &wrong)
}

// TestGluster has Aiolos's own steps make a pool and a volume of simulated nodes.
func TestGluster(t *testing.T) {
	w := start(t, fleet.Options{})
	nodes := w.launch(t, 4)
	var members []gluster.Member
	var bricks []string
	for _, n := range nodes {
		members = append(members, gluster.Member{Node: n.Node, Hostname: n.Hostname, Runner: w.runner(n)})
		bricks = append(bricks, n.Hostname+":/data/brick01")
	}
	pool, err := gluster.EnsurePool(t.Context(), members[:3], nil)
	require.NoError(t, err)
	require.Len(t, pool.Probed, 2)
	volume := gluster.Volume{Name: "vol01", Bricks: bricks[:3], Options: map[string]string{"performance.cache-size": "64MB"}}
	made, err := gluster.EnsureVolume(t.Context(), members[0].Runner, volume, nil)
	require.NoError(t, err)
	require.True(t, made.Created && made.Started)
	_, err = gluster.Verify(t.Context(), "vol01", members[0], members[2], nil)
	require.NoError(t, err)

	// Nothing to do, then one more.
	made, err = gluster.EnsureVolume(t.Context(), members[1].Runner, volume, nil)
	require.NoError(t, err)
	require.Equal(t, gluster.VolumeResult{}, made)
	_, err = gluster.EnsurePool(t.Context(), members, nil)
	require.NoError(t, err)
	volume.Bricks = bricks
	made, err = gluster.EnsureVolume(t.Context(), members[0].Runner, volume, nil)
	require.NoError(t, err)
	require.Equal(t, bricks[3:], made.BricksAdded)
	require.True(t, made.Rebalanced)
	deleted, err := gluster.DeleteVolume(t.Context(), members[0].Runner, "vol01", false, nil)
	require.NoError(t, err)
	require.True(t, deleted.Deleted)
	detached, err := gluster.Detach(t.Context(), members[0].Runner, []string{nodes[3].Hostname}, nil)
	require.NoError(t, err)
	require.Equal(t, []string{nodes[3].Hostname}, detached)
}
