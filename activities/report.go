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
// when the catalog does not compile.
func readReport(ctx context.Context, runner remote.Runner, id string) (*runpuppet.Report, error) {
	text, err := job.ReadFile(ctx, runner, id, runpuppet.ReportFile, runpuppet.MaxReportBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	report, err := runpuppet.ParseReport(text)
	if err != nil {
		return nil, err
	}
	return &report, nil
}
