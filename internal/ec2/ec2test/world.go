package ec2test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Region is the one in which tests run.
const Region = "eu-central-1"

// Credentials are what moto takes; it takes any.
func Credentials() aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider("testing", "testing", "")
}

// Client returns a client of the account, whose calls are neither counted nor
// go wrong.
func (c *Cloud) Client() *ec2.Client {
	return ec2.New(ec2.Options{
		Region: Region, Credentials: Credentials(), BaseEndpoint: aws.String(c.moto),
		APIOptions: []func(*middlewareStack) error{asAccount(c.account)},
	})
}

// World is what there is in an account before anything is made.
type World struct {
	// Subnets are in different zones, in the order of these.
	Subnets []types.Subnet
	// SecurityGroup is the ID of the default one.
	SecurityGroup string
	// Image is the ID of one for x86_64.
	Image string
}

// World looks around.
func (c *Cloud) World(t testing.TB) World {
	t.Helper()
	ctx, client := context.Background(), c.Client()
	subnets, err := client.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{})
	if err != nil {
		t.Fatal(err)
	}
	groups, err := client.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{})
	if err != nil {
		t.Fatal(err)
	}
	if len(subnets.Subnets) < 3 || len(groups.SecurityGroups) == 0 {
		t.Fatalf("moto's new account has %d subnets and %d security groups", len(subnets.Subnets), len(groups.SecurityGroups))
	}
	return World{Subnets: subnets.Subnets, SecurityGroup: aws.ToString(groups.SecurityGroups[0].GroupId), Image: c.image(t)}
}

// image is an image's ID, which moto takes long to look up, and which is the
// same for all accounts.
func (c *Cloud) image(t testing.TB) string {
	c.images.images.Do(func() {
		images, err := c.Client().DescribeImages(context.Background(), &ec2.DescribeImagesInput{Owners: []string{Owner}, Filters: []types.Filter{
			{Name: aws.String("architecture"), Values: []string{"x86_64"}},
		}})
		if err == nil && len(images.Images) > 0 {
			c.images.image = aws.ToString(images.Images[0].ImageId)
		}
	})
	if c.images.image == "" {
		t.Fatal("moto has no image of Amazon's for x86_64")
	}
	return c.images.image
}

// Owner is the account that owns images in moto: Amazon's own.
const Owner = "137112412989"

// Instances lists what is not terminated, with those tags.
func (c *Cloud) Instances(t testing.TB, tags map[string]string) []types.Instance {
	t.Helper()
	in := &ec2.DescribeInstancesInput{MaxResults: aws.Int32(1000), Filters: []types.Filter{
		{Name: aws.String("instance-state-name"), Values: []string{"pending", "running", "stopping", "stopped", "shutting-down"}},
	}}
	for key, value := range tags {
		in.Filters = append(in.Filters, types.Filter{Name: aws.String("tag:" + key), Values: []string{value}})
	}
	out, err := c.Client().DescribeInstances(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	var all []types.Instance
	for _, r := range out.Reservations {
		all = append(all, r.Instances...)
	}
	return all
}
