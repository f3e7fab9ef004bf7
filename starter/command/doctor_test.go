package command_test

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"aiolos/deploy"
	"aiolos/starter/temporaltest"
	"aiolos/workflows"
)

// told is what a worker finds, each with what it is of.
func told(findings ...deploy.Finding) deploy.Findings {
	for i := range findings {
		findings[i].Of = "ec2"
	}
	return deploy.Findings{Findings: findings}
}

// healthy is a server with all that deployments need.
func (b *bench) healthy(findings deploy.Findings) {
	b.server.Attributes = workflows.SearchAttributes()
	b.server.Pollers = []string{"7@there"}
	b.server.Retention = 72 * 3600e9
	b.server.OnStart = func(r *temporaltest.Run) {
		if r.Type() == workflows.DoctorType {
			r.Return(findings)
		}
	}
}

func TestDoctor(t *testing.T) {
	b := newBench(t)
	b.healthy(told(deploy.Fine("credentials", "account 1"), deploy.Wrong("profile small: quota", deploy.VerdictWarning, "AWS tells no number", "look it up")))
	r := b.run("doctor")
	require.Equal(t, 0, r.code, r.err)
	require.Empty(t, r.err)
	golden(t, "doctor", r.out)

	r = b.run("doctor", "--json")
	require.Equal(t, 0, r.code, r.err)
	var found deploy.Findings
	require.NoError(t, json.Unmarshal([]byte(r.out), &found))
	require.Len(t, found.Findings, 6)
	require.Equal(t, deploy.Finding{Of: "temporal", Check: "namespace", Verdict: deploy.VerdictOK, Found: "default, which keeps runs for 72h0m0s after their end"}, found.Findings[1])
}

// TestDoctorFinds says what to do, and fails.
func TestDoctorFinds(t *testing.T) {
	for name, c := range map[string]struct {
		spoil  func(*bench)
		words  []string
		absent string
	}{
		"no server":  {func(b *bench) { b.server.Stop() }, []string{"temporal", "aiolos-lab up --detach", "1 failed"}, "task queue"},
		"no worker":  {func(b *bench) { b.server.Pollers = nil }, []string{"no worker takes work from aiolos", "start aiolos-worker"}, "ec2"},
		"attributes": {func(b *bench) { b.server.Attributes = nil }, []string{"lacks 5 of", "search-attribute create --name AiolosNodes --type Int"}, ""},
		"type of an attribute": {func(b *bench) {
			b.server.Attributes = maps.Clone(b.server.Attributes)
			b.server.Attributes[workflows.NodesAttribute] = enumspb.INDEXED_VALUE_TYPE_TEXT
		}, []string{"AiolosNodes is of the type Text, not Int"}, ""},
		"profile": {func(b *bench) {
			b.healthy(told(deploy.Wrong("profile small: image", deploy.VerdictFailed, "no\x1b[31m such image", "name an image")))
		}, []string{"failed  ec2", "no such image", "ec2, profile small: image: name an image"}, ""},
		"a worker of another release": {func(b *bench) {
			b.server.OnStart = func(r *temporaltest.Run) { r.TimeOut() }
		}, []string{"no worker on the task queue aiolos told what it found", "worker's log"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.healthy(told(deploy.Fine("credentials", "account 1")))
			c.spoil(b)
			r := b.run("doctor")
			require.Equal(t, 1, r.code)
			require.Empty(t, r.err)
			for _, words := range c.words {
				require.Contains(t, r.out, words)
			}
			if c.absent != "" {
				require.NotContains(t, r.out, c.absent)
			}
		})
	}
}
