package ec2

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"

	"aiolos/deploy"
)

// Quotas on the vCPUs of the standard families, on demand and spot
// (https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html).
const (
	standardFamilies = "acdhimrtz"
	quotaOnDemand    = "L-1216C47A"
	quotaSpot        = "L-34B43A08"
)

// quota tells how many nodes of a profile the account may have at most.
func (d *doctor) quota(ctx context.Context, name string, p Profile, kind types.InstanceTypeInfo) {
	c := deploy.Wrong(name, deploy.VerdictWarning, "", "look up in Service Quotas how many vCPUs of this family the account may have")
	family, _, _ := strings.Cut(p.InstanceType, ".")
	// Families of two letters, such as "trn" or "hpc", have quotas of their own.
	letters := strings.IndexAny(family, "0123456789")
	if letters != 1 || !strings.Contains(standardFamilies, family[:1]) {
		c.Found = "a quota of its own for the family " + family
		d.add(c)
		return
	}
	code := quotaOnDemand
	if p.Spot {
		code = quotaSpot
	}
	out, err := d.quotas.GetServiceQuota(ctx, &servicequotas.GetServiceQuotaInput{ServiceCode: aws.String("ec2"), QuotaCode: aws.String(code)})
	switch each := vcpus(kind); {
	case isCode(err, codeNoSuchQuota):
		c.Found = "AWS tells of no quota " + code
	case err != nil:
		c.Found = apiError("look up the quota "+code, err).Error()
		c.Advice += "; the worker may look itself if servicequotas:GetServiceQuota is allowed to it"
	case out.Quota == nil || out.Quota.Value == nil || each == 0:
		c.Found = "AWS tells no number for the quota " + code
	default:
		nodes := int(*out.Quota.Value) / each
		c.Verdict, c.Advice = deploy.VerdictOK, ""
		c.Found = fmt.Sprintf("%g vCPUs, so %d nodes of %d at most, whoever else's instances among them", *out.Quota.Value, nodes, each)
		if nodes == 0 {
			c.Verdict, c.Advice = deploy.VerdictFailed, "ask AWS for a higher quota "+code
		}
	}
	d.add(c)
}
