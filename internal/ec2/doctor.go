package ec2

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Status is how a check ended.
type Status string

// How checks end.
const (
	// OK means that launches will not fail for this.
	OK Status = "ok"
	// Failed means that they will.
	Failed Status = "failed"
	// Unknown means that AWS does not let it be known without doing it.
	Unknown Status = "unknown"
)

// Check is one thing that Doctor has looked at.
type Check struct {
	// Name says what was looked at, such as "profile small-x86_64: image".
	Name   string `json:"name"`
	Status Status `json:"status"`
	// Found says what there is, for a person.
	Found string `json:"found"`
	// Advice says what to do where it is not ok.
	Advice string `json:"advice,omitempty"`
}

// Doctor looks whether what is configured can work, without making anything:
// credentials, permissions, images, subnets and quotas. Without credentials that
// hold there is nothing else to look at.
func (p *Provider) Doctor(ctx context.Context) []Check {
	me, err := p.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return []Check{problem("credentials", apiError("ask who we are", err),
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
	return d.checks
}

// doctor collects checks.
type doctor struct {
	*Provider
	checks []Check
}

func (d *doctor) add(c Check) { d.checks = append(d.checks, c) }

func (d *doctor) ok(name, found string, args ...any) {
	d.add(Check{Name: name, Status: OK, Found: fmt.Sprintf(found, args...)})
}

// problem is a failed check; what AWS itself advises against is not known.
func problem(name string, err error, advice string) Check {
	c := Check{Name: name, Status: Failed, Found: err.Error(), Advice: advice}
	if failure, ok := asAPIError(err); ok && failure.Temporary() {
		c.Status, c.Advice = Unknown, "ask again; if it stays so: "+advice
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
		d.add(Check{Name: name, Status: Unknown, Found: err.Error(), Advice: "ask again"})
	case classOf(failure) == classPermission:
		d.add(Check{Name: name, Status: Failed, Found: strings.Join(failure.Evidence(), "; "), Advice: "allow " + action + " to the worker, as docs/iam-policy.json does"})
	default:
		d.add(problem(name, failure, "change what AWS finds fault with in the configuration"))
	}
}
