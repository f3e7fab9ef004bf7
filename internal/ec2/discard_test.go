package ec2_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/ec2"
)

// TestDiscard removes what was listed, and what is the worker's, and nothing else.
func TestDiscard(t *testing.T) {
	a := newAccount(t, profile(spread))
	ctx, client := t.Context(), a.cloud.Client()
	_, err := a.Launch(ctx, "demo", a.nodes(2))
	require.NoError(t, err)
	_, err = a.Launch(ctx, "other", a.nodes(1))
	require.NoError(t, err)
	foreign, err := client.RunInstances(ctx, &sdk.RunInstancesInput{ImageId: aws.String(a.world.Image), MinCount: aws.Int32(1), MaxCount: aws.Int32(1), SubnetId: a.world.Subnets[0].SubnetId})
	require.NoError(t, err)
	stranger := aws.ToString(foreign.Instances[0].InstanceId)
	all, err := a.Belongings(ctx)
	require.NoError(t, err)
	of := func(deployment string) []string {
		var named []string
		for _, b := range all {
			if b.Deployment == deployment {
				named = append(named, b.Name())
			}
		}
		return named
	}

	// What is not the deployment's is not removed, whoever says that it is.
	removed, err := a.Discard(ctx, "demo", append(of("other"), "instance "+stranger))
	require.NoError(t, err)
	require.Empty(t, removed)
	require.Len(t, a.cloud.Instances(t, nil), 4)

	// One node, and the groups: these stay while the other node needs them.
	var listed []string
	for _, b := range all {
		if b.Deployment == "demo" && b.Node != "storage-1" {
			listed = append(listed, b.Name())
		}
	}
	removed, err = a.Discard(ctx, "demo", listed)
	require.NoError(t, err)
	for _, b := range removed {
		require.Equal(t, "storage-0", b.Node)
	}
	require.Len(t, removed, len(listed)-2)
	require.Len(t, a.cloud.Instances(t, nil), 3)

	// All the rest; what is gone already is no trouble, and not told again.
	removed, err = a.Discard(ctx, "demo", of("demo"))
	require.NoError(t, err)
	require.Len(t, removed, len(of("demo"))-len(listed)+2)
	left, err := a.Belongings(ctx)
	require.NoError(t, err)
	require.Equal(t, slices.DeleteFunc(all, func(b deploy.Belonging) bool { return b.Deployment == "demo" }), left)
	require.Len(t, a.cloud.Instances(t, nil), 2)

	var wrong *ec2.SpecError
	_, err = a.Discard(ctx, "", of("demo"))
	require.ErrorAs(t, err, &wrong, "an empty name would mean every deployment")
}
