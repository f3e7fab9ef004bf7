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
	of := func(deployment string) []deploy.Belonging {
		return slices.DeleteFunc(slices.Clone(all), func(b deploy.Belonging) bool { return b.Deployment != deployment })
	}

	// What is not the deployment's is not removed, whoever says that it is.
	claimed := []deploy.Belonging{{Deployment: "demo", Kind: "instance", ID: stranger}}
	for _, b := range of("other") {
		b.Deployment = "demo"
		claimed = append(claimed, b)
	}
	removed, err := a.Discard(ctx, "demo", claimed)
	require.NoError(t, err)
	require.Empty(t, removed)
	require.Len(t, a.cloud.Instances(t, nil), 4)

	// One node, and the groups: these stay while the other node needs them.
	listed := slices.DeleteFunc(of("demo"), func(b deploy.Belonging) bool { return b.Node == "storage-1" })
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
	require.Equal(t, of("other"), left)
	require.Len(t, a.cloud.Instances(t, nil), 2)

	var wrong *ec2.SpecError
	_, err = a.Discard(ctx, "", all)
	require.ErrorAs(t, err, &wrong, "an empty name would mean every deployment")
}
