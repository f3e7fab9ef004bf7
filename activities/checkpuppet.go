package activities

import (
	"context"
	"fmt"

	"aiolos/internal/job"
	runpuppet "aiolos/internal/puppet"
)

// lookPuppet has Puppet tell what it would change. It keeps its own state out of
// the node's, and is not installed where it is missing.
func (d *Deeds) lookPuppet(ctx context.Context, in ActionInput[PuppetConfig]) (CheckResult, error) {
	run, err := d.puppetRun(ctx, in.Config)
	if err != nil {
		return CheckResult{}, err
	}
	run.Noop = true
	script, env, archive, err := run.Job()
	if err != nil {
		return CheckResult{}, err
	}
	done, text, err := lookJob(ctx, d, in, job.Spec{Script: script, Env: env, Archive: archive}, runpuppet.MaxReportBytes)
	if err != nil {
		return CheckResult{}, err
	}
	if done.Exit == runpuppet.NotInstalled {
		return CheckResult{Differences: []string{"Puppet is not installed"}}, nil
	}
	if text == nil {
		return CheckResult{}, runpuppet.Failure(nil, max(done.Exit, 1), done.Tail)
	}
	report, err := runpuppet.ParseReport(text)
	if err != nil {
		return CheckResult{}, err
	}
	var result CheckResult
	for _, r := range report.Drifted {
		result.Differences = append(result.Differences, r.Resource+": "+r.Message)
	}
	for _, f := range report.Failures {
		result.Differences = append(result.Differences, f.String())
	}
	if rest := report.OutOfSync - len(report.Drifted) - report.Failed; rest > 0 && len(report.Drifted) == runpuppet.MaxDrifted {
		result.Differences = append(result.Differences, fmt.Sprintf("and %d more resources", rest))
	}
	return result, nil
}
