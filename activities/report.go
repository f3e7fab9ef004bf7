package activities

import (
	"context"
	"errors"
	"io/fs"

	"aiolos/internal/job"
	runpuppet "aiolos/internal/puppet"
	"aiolos/internal/remote"
)

// readReport reads what Puppet said of a run; nil where it left no report, as
// when the catalog does not compile. It came with the job's end, unless it is large.
func readReport(ctx context.Context, runner remote.Runner, done job.Result) (*runpuppet.Report, error) {
	if text, ok := done.Outputs[runpuppet.ReportOutput]; ok {
		return parseReport([]byte(text))
	}
	text, err := job.ReadFile(ctx, runner, done.ID, runpuppet.ReportFile, runpuppet.MaxReportBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parseReport(text)
}

func parseReport(text []byte) (*runpuppet.Report, error) {
	report, err := runpuppet.ParseReport(text)
	if err != nil {
		return nil, err
	}
	return &report, nil
}
