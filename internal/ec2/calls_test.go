package ec2_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/internal/ec2"
	"aiolos/internal/ec2/ec2test"
)

// TestCalls counts the calls for deployments of different sizes: launches grow
// with the nodes, as EC2 gives all instances of one call the same user data, and
// nothing else does.
func TestCalls(t *testing.T) {
	phases := []string{"launch", "find", "launch again", "terminate"}
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
	var table strings.Builder
	for _, count := range []int{3, 30, 300} {
		a := newAccount(t, profile(spread), func(c *ec2.Config, _ ec2test.World) { c.Patience *= 60 })
		for _, phase := range phases {
			a.cloud.Reset()
			// One node with a data disk says as much as all: moto's lists take time
			// that grows with the square of what is tagged.
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
			expected := maps.Clone(want[phase])
			if phase == "launch" {
				expected["ec2:RunInstances"] = count
			}
			calls := a.cloud.Calls()
			require.Equal(t, expected, calls, "%s of %d nodes", phase, count)
			for _, action := range slices.Sorted(maps.Keys(calls)) {
				fmt.Fprintf(&table, "%3d nodes  %-12s  %-35s %d\n", count, phase, action, calls[action])
			}
		}
	}
	t.Log("\n" + table.String())
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
