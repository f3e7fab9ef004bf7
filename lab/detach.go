package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"

	"aiolos/lab/state"
)

// reportFlag tells a detached lab on which descriptor it reports to the process
// that started it.
const reportFlag = "report-fd"

// report is one line of what a detached lab says. It ends with Ready or Error.
type report struct {
	Progress string        `json:"progress,omitempty"`
	Ready    *state.Record `json:"ready,omitempty"`
	Already  bool          `json:"already,omitempty"`
	Error    string        `json:"error,omitempty"`
	Code     int           `json:"code,omitempty"`
}

// upDetached starts the lab in a session of its own and returns once it is
// healthy. An interrupt before that stops it.
func upDetached(ctx context.Context, o *options, dir state.Dir, out, errOut io.Writer) error {
	executable, err := os.Executable()
	if err != nil {
		return fmt.Errorf("detach: %w", err)
	}
	if err := dir.Make(); err != nil {
		return err
	}
	log, err := os.OpenFile(dir.LabLog(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("detach: %w", err)
	}
	defer log.Close()
	from, to, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("detach: %w", err)
	}
	defer from.Close()
	// The lab outlives this process, and so must not be tied to its context.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), executable, append([]string{"up", "--" + reportFlag, "3"}, o.arguments(dir)...)...) //nolint:gosec // this very program
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = log, log, []*os.File{to}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := errors.Join(cmd.Start(), to.Close()); err != nil {
		return fmt.Errorf("detach: %w", err)
	}
	interrupted := context.AfterFunc(ctx, func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
	last, err := follow(from, errOut)
	switch {
	case last.Ready != nil && interrupted():
		(&terminal{out: out, err: errOut}).ready(*last.Ready, last.Already)
		return cmd.Process.Release()
	case last.Error != "":
		_ = cmd.Wait()
		fmt.Fprintln(errOut, "aiolos-lab:", last.Error)
		return &toldError{code: last.Code}
	}
	ended := cmd.Wait()
	if ctx.Err() != nil {
		return errors.New("interrupted; the lab is stopped")
	}
	if ended == nil && err == nil {
		return fmt.Errorf("the lab was stopped before it was ready; its log is %s", dir.LabLog())
	}
	return fmt.Errorf("the lab ended before it was ready (%w); its log is %s", errors.Join(ended, err), dir.LabLog())
}

// follow shows the progress that a detached lab reports, and returns what it
// said in the end.
func follow(from io.Reader, errOut io.Writer) (report, error) {
	lines := json.NewDecoder(bufio.NewReader(from))
	for {
		var r report
		err := lines.Decode(&r)
		switch {
		case errors.Is(err, io.EOF):
			return report{}, nil
		case err != nil:
			return report{}, err
		case r.Ready != nil || r.Error != "":
			return r, nil
		}
		fmt.Fprintln(errOut, r.Progress)
	}
}

// upFor is up in the detached process.
func upFor(ctx context.Context, o *options, dir state.Dir, to *reporter) error {
	err := up(ctx, o, dir, to)
	if err != nil {
		code := exitFailed
		var usage *usageError
		if errors.As(err, &usage) {
			code = exitWrongInput
		}
		to.send(report{Error: err.Error(), Code: code})
	}
	return err
}

// reporter tells the process that started a detached lab. What is said after
// the lab is ready goes to the log only.
type reporter struct {
	mu   sync.Mutex
	pipe *os.File
	log  io.Writer
}

func newReporter(pipe *os.File) *reporter {
	// The worker must not hold it open.
	syscall.CloseOnExec(int(pipe.Fd()))
	return &reporter{pipe: pipe, log: os.Stderr}
}

func (r *reporter) progress(line string) {
	fmt.Fprintln(r.log, line)
	r.send(report{Progress: line})
}

func (r *reporter) ready(record state.Record, already bool) {
	r.send(report{Ready: &record, Already: already})
}

func (r *reporter) send(said report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pipe == nil {
		return
	}
	text, err := json.Marshal(said)
	if err == nil {
		_, err = r.pipe.Write(append(text, '\n'))
	}
	// Once the end is told, or nobody listens any more, there is nothing to tell.
	if err != nil || said.Ready != nil || said.Error != "" {
		_ = r.pipe.Close()
		r.pipe = nil
	}
}
