package ec2_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/stretchr/testify/require"

	"aiolos/internal/ec2"
	"aiolos/internal/ec2/ec2test"
)

// A worker outside reaches nodes by their public addresses; they reach each other by
// private names.
func TestPublicAddresses(t *testing.T) {
	a := newAccount(t, func(c *ec2.Config, _ ec2test.World) { c.PublicAddresses = true })
	launched, err := a.Launch(t.Context(), "demo", a.nodes(1))
	require.NoError(t, err)
	there := a.cloud.Instances(t, nil)
	require.Len(t, there, 1)
	require.NotEqual(t, aws.ToString(there[0].PrivateIpAddress), aws.ToString(there[0].PublicIpAddress))
	require.Equal(t, aws.ToString(there[0].PublicIpAddress), launched[0].Address)
	require.Equal(t, aws.ToString(there[0].PrivateDnsName), launched[0].Hostname)
	found, err := a.Find(t.Context(), "demo")
	require.NoError(t, err)
	require.Equal(t, launched[0].Address, found[0].Address)
}

// Only what EC2 says is gone is gone.
func TestGone(t *testing.T) {
	a := newAccount(t)
	launched, err := a.Launch(t.Context(), "demo", a.nodes(2))
	require.NoError(t, err)
	_, gone, err := a.Gone(t.Context(), "demo", launched[0].AsNode())
	require.NoError(t, err)
	require.False(t, gone)
	_, err = a.Terminate(t.Context(), "demo", []string{launched[0].Node})
	require.NoError(t, err)
	// Another worker has not looked a moment ago.
	other := a.provider(t)
	why, gone, err := other.Gone(t.Context(), "demo", launched[0].AsNode())
	require.NoError(t, err)
	require.True(t, gone)
	require.Contains(t, why, "terminated")
	a.cloud.Reset()
	_, gone, err = other.Gone(t.Context(), "demo", launched[1].AsNode())
	require.NoError(t, err)
	require.False(t, gone)
	require.Empty(t, a.cloud.Calls(), "one list answers for all nodes")
	strange := launched[0].AsNode()
	strange.ID = "hosts:box"
	_, gone, err = other.Gone(t.Context(), "demo", strange)
	require.NoError(t, err)
	require.False(t, gone)

	_, _, stopped, err := other.Stopped(t.Context(), "demo", launched[1].AsNode())
	require.NoError(t, err)
	require.False(t, stopped)
	_, err = a.cloud.Client().StopInstances(t.Context(), &sdk.StopInstancesInput{InstanceIds: []string{launched[1].ID}})
	require.NoError(t, err)
	why, _, stopped, err = a.provider(t).Stopped(t.Context(), "demo", launched[1].AsNode())
	require.NoError(t, err)
	require.True(t, stopped)
	require.Contains(t, why, "stopped")
	_, _, stopped, err = other.Stopped(t.Context(), "demo", strange)
	require.NoError(t, err)
	require.False(t, stopped)

	a.cloud.Inject(ec2test.Refused("ec2:DescribeInstances", "UnauthorizedOperation", "No."))
	_, _, err = a.provider(t).Gone(t.Context(), "demo", launched[1].AsNode())
	require.Error(t, err)
}
