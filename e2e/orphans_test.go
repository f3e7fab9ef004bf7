package e2e

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/lab/labtest"
	"aiolos/starter/operation"
)

// TestOrphans: what nobody owns is told and removed; what lives, or may be taken up
// again, stays.
func TestOrphans(t *testing.T) {
	labtest.NeedEngine(t)
	l := labtest.Start(t, "e2eorphans", 19153)
	r := l.Aiolos(t, "doctor", "--json")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	var health deploy.Findings
	require.NoError(t, json.Unmarshal([]byte(r.Stdout), &health))
	seen := map[string]bool{}
	for _, f := range health.Findings {
		require.Equal(t, deploy.VerdictOK, f.Verdict, "%+v", f)
		seen[f.Of+" "+f.Check] = true
	}
	for _, check := range []string{"temporal search attributes", "worker task queue", "worker gateway", "worker clock", "docker engine", "docker network"} {
		require.Contains(t, seen, check)
	}

	l.Deploy(t, "lives", "nodes", "-p", "nodes=1")
	l.Deploy(t, "gone", "nodes", "-p", "nodes=1")
	require.Equal(t, 0, l.Aiolos(t, "destroy", "gone", "--confirm", "gone").Code)
	image := labtest.Docker(t, "inspect", "--format", "{{.Config.Image}}", l.Containers(t, "lives")["storage-0"])
	// What was launched behind everybody's back, of one that is gone, one that
	// never was, and one that lives.
	for _, of := range []string{"gone", "never", "lives"} {
		labtest.Docker(t, "create", "--label", "aiolos.lab="+l.Name, "--label", "aiolos.deployment="+of, "--label", "aiolos.node=storage-7", "--label", "aiolos.group=storage", "--label", "aiolos.index=7", image, "true")
	}
	kept := l.Containers(t, "lives")
	require.Len(t, kept, 2)

	var found operation.Leftovers
	r = l.Aiolos(t, "orphans", "--json")
	require.Equal(t, 0, r.Code, r.Stderr)
	require.NoError(t, json.Unmarshal([]byte(r.Stdout), &found))
	require.Empty(t, found.Doubtful)
	require.Len(t, found.Orphans, 2)
	for i, of := range []string{"gone", "never"} {
		require.Equal(t, of, found.Orphans[i].Deployment)
		require.Equal(t, l.Containers(t, of)["storage-7"], found.Orphans[i].ID)
	}

	r = l.Aiolos(t, "orphans", "--remove")
	require.Equal(t, 2, r.Code, "nobody was asked")
	require.Len(t, l.Containers(t, "gone"), 1)
	r = l.Aiolos(t, "orphans", "--remove", "--yes")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	require.Empty(t, l.Containers(t, "gone"))
	require.Empty(t, l.Containers(t, "never"))
	require.Equal(t, kept, l.Containers(t, "lives"))
	require.Equal(t, "No orphans.\n", l.Aiolos(t, "orphans").Stdout)
}
