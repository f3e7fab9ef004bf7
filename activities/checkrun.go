package activities

import (
	"context"
	_ "embed"
	"strings"

	"aiolos/internal/job"
)

// checkScript tells what guardScript would do.
//
//go:embed check.sh
var checkScript []byte

// maxLook bounds what a look at a node says, in bytes.
const maxLook = 256 << 10

// lookRun asks a step's guards, and compares its files. The guards are the
// blueprint's own commands, and run as they do in a deployment.
func (d *Deeds) lookRun(ctx context.Context, in ActionInput[RunConfig]) (CheckResult, error) {
	archive, err := d.pack(ctx, in)
	if err != nil {
		return CheckResult{}, err
	}
	done, report, err := lookJob(ctx, d, in, job.Spec{Script: checkScript, Env: in.Config.Env, Archive: archive}, maxLook)
	if err != nil {
		return CheckResult{}, err
	}
	result := CheckResult{Differences: lines(report)}
	switch done.Exit {
	case 0:
	case guardSkipped:
		result.NotChecked = "the script has neither creates nor unless, which would tell whether it is needed"
	default:
		return CheckResult{}, &JobError{Exit: done.Exit, Output: evidence(done)}
	}
	return result, nil
}

// lines are the lines of a text that are not empty.
func lines(text []byte) []string {
	var all []string
	for line := range strings.Lines(strings.ToValidUTF8(string(text), "?")) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}
