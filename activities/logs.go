package activities

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"aiolos/deploy"
	"aiolos/internal/job"
)

const (
	// logPiece bounds a piece of output, in bytes: it stands in a history.
	logPiece = 128 << 10
	// logWait is how long one look waits for output that is still to come.
	logWait = 20 * time.Second
)

// LogsInput asks for jobs on a node, or for the output of one.
type LogsInput = deploy.LogRequest

// Logs reads from a node what a job has printed, or lists the jobs there are. It starts
// and changes nothing. Nothing sensitive can be seen: the node itself keeps only what is masked.
func (d *Deeds) Logs(ctx context.Context, in LogsInput) (deploy.Log, error) {
	h := startHeart(ctx)
	defer h.stop()
	log, err := d.logs(ctx, in)
	return log, translate(err, in.Step, in.Node.Name)
}

func (d *Deeds) logs(ctx context.Context, in LogsInput) (deploy.Log, error) {
	if err := deploy.CheckName(in.Deployment); err != nil {
		return deploy.Log{}, err
	}
	runner := d.Hosts.Runner(in.Deployment, in.Node)
	if in.Job == "" {
		listed, err := job.Root.List(ctx, runner, in.Deployment+".")
		return deploy.Log{Jobs: logged(listed, in)}, err
	}
	if _, about, ok := readJobID(in.Job); !ok || about.deployment != in.Deployment || about.node != in.Node.Name {
		return deploy.Log{}, &deploy.InvalidError{Problems: []deploy.Problem{{Field: "job", Value: in.Job, Allowed: "a job of " + in.Deployment + " on " + in.Node.Name}}}
	}
	wait := time.Duration(0)
	if in.Wait {
		wait = logWait
	}
	p, err := job.Root.Output(ctx, runner, in.Job, in.Offset, logPiece, wait)
	if err != nil {
		return deploy.Log{}, err
	}
	last := in.Offset+int64(len(p.Text)) >= p.Size
	text := whole(p.Text, last && p.Ended)
	offset := in.Offset + int64(len(text))
	return deploy.Log{Text: strings.ToValidUTF8(string(text), "\uFFFD"), Offset: offset, More: !last, Ended: last && p.Ended}, nil
}

// logged are the jobs that are asked for, of the newest operation that has any.
func logged(listed []job.Listed, in LogsInput) []deploy.LoggedJob {
	run := ""
	var jobs []deploy.LoggedJob
	for _, l := range slices.Backward(listed) {
		j, about, ok := readJobID(l.ID)
		if !ok || about.node != in.Node.Name || (in.Step != "" && j.Step != in.Step) || (run != "" && about.run != run) {
			continue
		}
		run, j.Started = about.run, l.Started
		jobs = append(jobs, j)
	}
	slices.Reverse(jobs)
	return jobs
}

type jobAbout struct{ deployment, run, node string }

// readJobID takes apart what jobID has composed. None of the parts can hold a dot.
func readJobID(id string) (deploy.LoggedJob, jobAbout, bool) {
	parts := strings.Split(id, ".")
	const wanted = 5
	if len(parts) != wanted {
		return deploy.LoggedJob{}, jobAbout{}, false
	}
	attempt, err := strconv.Atoi(parts[4])
	return deploy.LoggedJob{ID: id, Step: parts[2], Attempt: attempt}, jobAbout{parts[0], parts[1], parts[3]}, err == nil
}

// whole leaves out of a piece the beginning of a character whose rest is in the next one.
func whole(text []byte, last bool) []byte {
	if last {
		return text
	}
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if b := text[len(text)-n]; utf8.RuneStart(b) {
			if b >= utf8.RuneSelf && !utf8.FullRune(text[len(text)-n:]) {
				return text[:len(text)-n]
			}
			break
		}
	}
	return text
}
