package ec2

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"aiolos/deploy"
)

// Doctor looks whether what is configured can work, without making anything:
// credentials, permissions, images, subnets and quotas. Without credentials that
// hold there is nothing else to look at.
func (p *Provider) Doctor(ctx context.Context) []deploy.Finding {
	me, err := p.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return []deploy.Finding{problem("credentials", apiError("ask who we are", err),
			"give the worker credentials: an instance profile, AWS_PROFILE with ~/.aws, or AWS_ACCESS_KEY_ID and its kin; and see that the region "+p.cfg.Region+" is right")}
	}
	d := &doctor{Provider: p}
	d.ok("credentials", "account %s, %s", aws.ToString(me.Account), aws.ToString(me.Arn))
	d.permissions(ctx)
	for _, name := range slices.Sorted(maps.Keys(p.cfg.Profiles)) {
		d.profile(ctx, name, p.cfg.Profiles[name])
	}
	for _, name := range slices.Sorted(maps.Keys(p.cfg.Images)) {
		what := "image " + name
		if found, err := p.images(ctx, []Image{p.cfg.Images[name]}); err != nil {
			d.add(problem(what, err, "name an image of the region "+p.cfg.Region+" in the configuration"))
		} else {
			d.ok(what, "%s", describeImage(found[p.cfg.Images[name]]))
		}
	}
	return d.findings
}

// doctor collects findings.
type doctor struct {
	*Provider
	findings []deploy.Finding
}

func (d *doctor) add(c deploy.Finding) { d.findings = append(d.findings, c) }

func (d *doctor) ok(name, found string, args ...any) {
	d.add(deploy.Fine(name, found, args...))
}

// problem is a failed check; what may pass by itself is a warning.
func problem(name string, err error, advice string) deploy.Finding {
	c := deploy.Wrong(name, deploy.VerdictFailed, err.Error(), advice)
	if failure, ok := asAPIError(err); ok && failure.Temporary() {
		c.Verdict, c.Advice = deploy.VerdictWarning, "ask again; if it stays so: "+advice
	}
	return c
}

// dryRun tells from the answer to a call that was not meant whether it would be allowed.
func (d *doctor) dryRun(name, action string, err error) {
	failure, _ := asAPIError(apiError("try "+action, err))
	switch {
	case failure == nil && err == nil, isCode(err, codeDryRun):
		d.ok(name, "%s is allowed", action)
	case failure == nil:
		d.add(deploy.Wrong(name, deploy.VerdictWarning, err.Error(), "ask again"))
	case classOf(failure) == classPermission:
		d.add(deploy.Wrong(name, deploy.VerdictFailed, strings.Join(failure.Evidence(), "; "), "allow "+action+" to the worker, as docs/iam-policy.json does"))
	default:
		d.add(problem(name, failure, "change what AWS finds fault with in the configuration"))
	}
}
