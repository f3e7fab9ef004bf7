package hosts

import (
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

// TestBelongings tells who has which machine, gives up what is listed, and says
// what cannot be seen.
func TestBelongings(t *testing.T) {
	m := &faulty{machines: newModels(), away: map[string]error{}}
	p := provider(t, inventory(4), m)
	launch(t, p, "demo", group("s", "any", 2))
	launch(t, p, "other", group("w", "any", 1))
	all, err := p.Belongings(t.Context())
	require.NoError(t, err)
	require.Equal(t, []deploy.Belonging{
		{Deployment: "demo", Node: "s-0", Kind: "lease", ID: "hosts:m0", Made: noon},
		{Deployment: "demo", Node: "s-1", Kind: "lease", ID: "hosts:m1", Made: noon},
		{Deployment: "other", Node: "w-0", Kind: "lease", ID: "hosts:m2", Made: noon},
	}, all)

	m.away["m3"] = gone{}
	seen, err := p.Belongings(t.Context())
	var unknown *UnknownError
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, all, seen)
	require.Contains(t, err.Error(), "m3")

	removed, err := p.Discard(t.Context(), "demo", []string{"lease hosts:m1", "lease hosts:m2", "instance i-1"})
	require.NoError(t, err)
	require.Equal(t, all[1:2], removed)
	require.Empty(t, m.text("m1"))
	require.Contains(t, m.text("m0"), "deployment demo")
	require.Contains(t, m.text("m2"), "deployment other")
	removed, err = p.Discard(t.Context(), "demo", []string{"lease hosts:m1"})
	require.NoError(t, err)
	require.Empty(t, removed)
}

// TestDoctor looks at each machine.
func TestDoctor(t *testing.T) {
	m := &faulty{machines: newModels(), away: map[string]error{}}
	i := inventory(4)
	i.Machines[3].OutOfService = true
	p := provider(t, i, m)
	launch(t, p, "demo", group("s", "even", 1))
	m.away["m2"] = gone{}
	require.Equal(t, []deploy.Finding{
		deploy.Fine("machine m0", "serves as s-0 of demo since 2026-03-01T12:00:00Z"),
		deploy.Fine("machine m1", "free"),
		deploy.Wrong("machine m2", deploy.VerdictFailed, "machine m2: look lease: connection refused",
			"see that sshd answers at 10.0.0.2 and takes the worker's user and key, or mark it out_of_service in the inventory"),
	}, p.Doctor(t.Context()))

	for k := range i.Machines {
		i.Machines[k].OutOfService = true
	}
	require.Equal(t, deploy.VerdictFailed, provider(t, i, m).Doctor(t.Context())[0].Verdict)
}
