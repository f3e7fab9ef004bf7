package ec2_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/internal/ec2"
	"aiolos/internal/ec2/ec2test"
)

// TestCalls counts the calls for deployments of different sizes: launches grow
// with the nodes, as EC2 gives all instances of one call the same user data, and
// nothing else does.
func TestCalls(t *testing.T) {
	want := map[string]map[string]int{
		"launch": {
			"ec2:DescribeInstances": 2, "ec2:DescribeImages": 1, "ec2:DescribeSubnets": 1, "ec2:DescribeInstanceTypes": 1,
			"ec2:DescribeSecurityGroups": 1, "ec2:CreateSecurityGroup": 1, "ec2:AuthorizeSecurityGroupIngress": 2,
			"ec2:DescribePlacementGroups": 1, "ec2:CreatePlacementGroup": 1,
		},
		"find":         {"ec2:DescribeInstances": 1},
		"launch again": {"ec2:DescribeInstances": 1},
		"terminate": {
			"ec2:DescribeInstances": 2, "ec2:TerminateInstances": 1, "ec2:DescribeVolumes": 1,
			"ec2:DescribeSecurityGroups": 1, "ec2:DeleteSecurityGroup": 1, "ec2:DescribePlacementGroups": 1, "ec2:DeletePlacementGroup": 1,
		},
	}
	for _, count := range sizes {
		a := newAccount(t, profile(spread), patient)
		for _, phase := range phases {
			expected := maps.Clone(want[phase])
			if phase == "launch" {
				expected["ec2:RunInstances"] = count
			}
			require.Equal(t, expected, a.calls(t, phase, count), "%s of %d nodes", phase, count)
		}
	}
}

// TestTurns has every call of EC2's API wait for its turn, and none be made without one.
func TestTurns(t *testing.T) {
	var turns atomic.Int64
	var refused atomic.Pointer[error]
	a := newAccount(t, profile(spread), patient, func(c *ec2.Config, _ ec2test.World) {
		c.Turn = func(context.Context) error {
			turns.Add(1)
			if err := refused.Load(); err != nil {
				return *err
			}
			return nil
		}
	})
	for _, phase := range phases {
		turns.Store(0)
		made := 0
		for _, n := range a.calls(t, phase, 3) {
			made += n
		}
		require.EqualValues(t, made, turns.Load(), phase)
	}
	late := context.DeadlineExceeded
	refused.Store(&late)
	a.cloud.Reset()
	_, err := a.Find(t.Context(), "demo")
	require.ErrorIs(t, err, late)
	require.Empty(t, a.cloud.Calls())
}

// BenchmarkCalls prints how many calls each phase of a deployment's life takes, for
// 3, 30 and 300 nodes; "batched" are those that do not launch a node.
//
//	go test ./internal/ec2 -run '^$' -bench Calls -benchtime 1x
func BenchmarkCalls(b *testing.B) {
	for _, count := range sizes {
		b.Run(fmt.Sprintf("nodes=%d", count), func(b *testing.B) {
			total := map[string]int{}
			for range b.N {
				a := newAccount(b, profile(spread), patient)
				for _, phase := range phases {
					for action, n := range a.calls(b, phase, count) {
						total[phase] += n
						if action != "ec2:RunInstances" {
							total["batched"] += n
						}
					}
				}
			}
			for name, n := range total {
				b.ReportMetric(float64(n)/float64(b.N), strings.ReplaceAll(name, " ", "-")+"-calls")
			}
			b.ReportMetric(0, "ns/op") // which would be moto's
		})
	}
}

// sizes are those that are counted for.
var sizes = []int{3, 30, 300}

// phases are those of a deployment's life. Find is what a poll is, too.
var phases = []string{"launch", "find", "launch again", "terminate"}

// patient waits for as long as moto takes.
func patient(c *ec2.Config, _ ec2test.World) { c.Patience *= 60 }

// calls goes through a phase and counts.
func (a *account) calls(t testing.TB, phase string, count int) map[string]int {
	t.Helper()
	a.cloud.Reset()
	// One node with a data disk says as much as all: moto's lists take time that
	// grows with the square of what is tagged.
	nodes := a.nodes(count)
	for i := range nodes[1:] {
		nodes[i+1].Disks = nil
	}
	var err error
	switch phase {
	case "find":
		_, err = a.Find(t.Context(), "demo")
	case "terminate":
		_, err = a.Terminate(t.Context(), "demo", nil)
	default:
		_, err = a.Launch(t.Context(), "demo", nodes)
	}
	require.NoError(t, err)
	return a.cloud.Calls()
}

// policy is an IAM policy, as far as it is used here.
type policy struct {
	Statement []struct {
		Sid    string
		Action any
	}
}

// allowed lists what docs/iam-policy.json allows.
func allowed(t *testing.T) []string {
	text, err := os.ReadFile("../../docs/iam-policy.json")
	require.NoError(t, err)
	var p policy
	require.NoError(t, json.Unmarshal(text, &p))
	var actions []string
	for _, s := range p.Statement {
		switch a := s.Action.(type) {
		case string:
			actions = append(actions, a)
		case []any:
			for _, one := range a {
				actions = append(actions, one.(string))
			}
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}
