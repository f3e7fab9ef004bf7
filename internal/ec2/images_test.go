package ec2_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/require"

	"aiolos/internal/ec2"
	"aiolos/internal/ec2/ec2test"
)

func TestImages(t *testing.T) {
	a := newAccount(t, func(c *ec2.Config, _ ec2test.World) {
		c.Images["parameter"] = ec2.Image{Parameter: "/images/newest"}
		c.Images["newest"] = ec2.Image{Owner: ec2test.Owner, Name: "amzn2-ami-*"}
		c.Images["none"] = ec2.Image{Owner: ec2test.Owner, Name: "no-such-*"}
		c.Images["gone"] = ec2.Image{Parameter: "/images/gone"}
		c.Images["odd"] = ec2.Image{Parameter: "/images/odd"}
	})
	ctx := t.Context()
	parameters := ssm.New(ssm.Options{Region: ec2test.Region, Credentials: ec2test.Credentials(), BaseEndpoint: aws.String(a.cloud.URL)})
	for name, value := range map[string]string{"/images/newest": a.world.Image, "/images/odd": "latest"} {
		_, err := parameters.PutParameter(ctx, &ssm.PutParameterInput{Name: aws.String(name), Value: aws.String(value), Type: ssmtypes.ParameterTypeString})
		require.NoError(t, err)
	}
	nodes := a.nodes(3)
	nodes[1].Image, nodes[2].Image = "parameter", "newest"
	_, err := a.Launch(ctx, "demo", nodes)
	require.NoError(t, err)
	matching, err := a.cloud.Client().DescribeImages(ctx, &sdk.DescribeImagesInput{Owners: []string{ec2test.Owner}, Filters: []types.Filter{{Name: aws.String("name"), Values: []string{"amzn2-ami-*"}}}})
	require.NoError(t, err)
	newest := matching.Images[0]
	for _, i := range matching.Images {
		if aws.ToString(i.CreationDate) > aws.ToString(newest.CreationDate) {
			newest = i
		}
	}
	for _, i := range a.cloud.Instances(t, nil) {
		want := a.world.Image
		for _, tag := range i.Tags {
			if aws.ToString(tag.Key) == "aiolos:index" && aws.ToString(tag.Value) == "2" {
				for _, m := range matching.Images {
					if aws.ToString(m.ImageId) == aws.ToString(i.ImageId) {
						require.Equal(t, newest.CreationDate, m.CreationDate)
					}
				}
				want = aws.ToString(i.ImageId)
			}
		}
		require.Equal(t, want, aws.ToString(i.ImageId))
	}

	for name, what := range map[string]string{"none": "no-such-*", "gone": "/images/gone", "odd": "/images/odd"} {
		node := a.nodes(4)[3:]
		node[0].Image = name
		_, err := a.Launch(ctx, "demo", node)
		var missing *ec2.LookupError
		require.ErrorAs(t, err, &missing, name)
		require.False(t, missing.Temporary())
		require.Contains(t, missing.Name, what)
	}
	require.Equal(t, 3, a.count(t))
}
