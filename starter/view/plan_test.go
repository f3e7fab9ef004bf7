package view

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/starter/operation"
)

const sealedValue = "<sealed:AQIDBAUGBwgJ-_aBc>"

// asking is a deployment in which a person has to decide.
func asking() operation.Snapshot {
	s := pool()
	for _, node := range []string{"storage-0", "storage-1"} {
		s.Status.Steps = append(s.Status.Steps, running("cutover", node, 13, 1, deploy.AwaitsApproval("Are the backups done?")))
	}
	return s
}

func TestApprovalsStandOut(t *testing.T) {
	const question = "? cutover waits for approval: Are the backups done?  (aiolos approve pool cutover)"
	var out bytes.Buffer
	Status(&out, asking(), *at(14.2))
	require.Equal(t, 1, strings.Count(out.String(), question+"\n"))

	table := Tree(asking(), *at(14.2), Size{100, 40}, false)
	require.Equal(t, question, table[1])
	golden(t, "asking-100", strings.Join(table, "\n")+"\n")

	var lines bytes.Buffer
	l := Lines{Out: &lines}
	l.Show(asking(), *at(14.2))
	l.Show(asking(), *at(15))
	require.Equal(t, 1, strings.Count(lines.String(), question+"\n"), "asked once")
	done := asking()
	for i := range done.Status.Steps {
		if done.Status.Steps[i].Name == "cutover" {
			done.Status.Steps[i].State, done.Status.Steps[i].Message = deploy.StepDone, "approved by me"
		}
	}
	l.Show(done, *at(16))
	l.Show(asking(), *at(17))
	require.Equal(t, 2, strings.Count(lines.String(), question+"\n"), "asked anew")
}

// TestSealedValuesAreHidden puts some wherever a person or a program looks.
func TestSealedValuesAreHidden(t *testing.T) {
	s := pool()
	within := "postgres://u:" + sealedValue + "@h"
	s.Notes = []string{within}
	s.Status.Nodes[0].Hostname = within
	s.Status.Nodes[0].Facts = map[string]any{"password": sealedValue, "url": within}
	s.Status.Outputs = map[string]any{"url": within, "all": []any{within, map[string]any{"a": sealedValue}}}
	s.Status.Changes = []string{"set " + within}
	s.Status.Failures = []deploy.Failure{{Kind: deploy.KindJob, Step: "x", Message: within, Evidence: []string{within}}}
	for i := range s.Status.Steps {
		s.Status.Steps[i].Message = within
	}
	outcome := deploy.Outcome{Deployment: "pool", State: deploy.StateDone, Nodes: s.Status.Nodes, Outputs: s.Status.Outputs, Changes: s.Status.Changes}
	var out bytes.Buffer
	Status(&out, s, *at(14.2))
	Outcome(&out, outcome)
	(&Lines{Out: &out}).Show(s, *at(14.2))
	fmt.Fprintln(&out, strings.Join(Tree(s, *at(14.2), Size{300, 60}, false), "\n"))
	require.NoError(t, JSON(&out, s.Status))
	require.NoError(t, JSON(&out, outcome))
	require.NotContains(t, out.String(), "sealed:")
	require.Greater(t, strings.Count(out.String(), "postgres://u:(sensitive)@h"), 20)
}

// TestPlanOfManyNodes is not longer than a person would read.
func TestPlanOfManyNodes(t *testing.T) {
	const text = `
name: many
groups: {web: {count: 100, profile: p}}
steps:
  one: {on: web, run: {script: "true"}}
  two: {on: web, needs: [{step: one, of: all}], when: "${node.index != 3}", run: {script: "true", env: {A: "${web[1].x}${node.y}"}}}
`
	actions := []deploy.ActionType{{Name: "run", Config: struct {
		Script string            `json:"script"`
		Env    map[string]string `json:"env,omitempty"`
	}{}}}
	b, err := deploy.ReadBlueprint("", []byte(text), actions)
	require.NoError(t, err)
	plan, err := b.Plan("demo", deploy.Request{}, "docker", nil)
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, Plan(&out, deploy.Preview{Plan: plan}, actions))
	_, steps, _ := strings.Cut(out.String(), "\nSteps")
	golden(t, "plan-many", steps)
}
