package puppet

import (
	"fmt"
	"strings"

	"aiolos/deploy"
)

// RunError is a Puppet run that did not apply everything.
type RunError struct {
	// Exit is the job's exit code: 1 where the code could not be compiled, 4 or 6
	// where resources failed, any for what comes before and after Puppet.
	Exit int
	// Failures are the resources that failed, with Puppet's messages.
	Failures []ResourceFailure
	// Tail is the end of the job's output.
	Tail []byte
}

// Failure returns the *RunError for a run that ended with exit, and whose output
// ended with tail; nil for one that applied everything. report is nil where Puppet
// left none.
func Failure(report *Report, exit int, tail []byte) error {
	failed := report != nil && (report.Failed > 0 || report.Status == "failed")
	if exit == 0 && !failed {
		return nil
	}
	e := &RunError{Exit: exit, Tail: tail}
	if report != nil {
		e.Failures = report.Failures
	}
	return e
}

// Error names each failed resource with Puppet's message, or shows what Puppet,
// or whatever ended the run before it, said last.
func (e *RunError) Error() string {
	if len(e.Failures) == 0 {
		words := e.said()
		if len(words) == 0 {
			return fmt.Sprintf("the Puppet run ended with exit code %d and no output", e.Exit)
		}
		return fmt.Sprintf("the Puppet run ended with exit code %d: %s", e.Exit, strings.Join(words, "; "))
	}
	lines := make([]string, len(e.Failures))
	for i, f := range e.Failures {
		lines[i] = f.String()
	}
	what := "1 resource"
	if len(lines) > 1 {
		what = fmt.Sprintf("%d resources", len(lines))
	}
	return "Puppet could not apply " + what + ": " + strings.Join(lines, "; ")
}

// String is the resource, Puppet's message on one line, and where it is declared.
func (f ResourceFailure) String() string {
	message := strings.Join(strings.Fields(f.Message), " ")
	if message == "" {
		message = "failed, and Puppet does not say why"
	}
	if f.File == "" {
		return f.Resource + ": " + message
	}
	return fmt.Sprintf("%s: %s (%s:%d)", f.Resource, message, f.File, f.Line)
}

// Kind implements the interface by which failures are sorted.
func (e *RunError) Kind() deploy.Kind { return deploy.KindPuppet }

// Evidence is the failed resources, then the last lines of the output.
func (e *RunError) Evidence() []string {
	const maxLines = 20
	var evidence []string
	for _, f := range e.Failures {
		evidence = append(evidence, f.String())
	}
	lines := e.lines()
	return append(evidence, lines[max(0, len(lines)-maxLines):]...)
}

// said returns Puppet's last errors, or else the last line of all.
func (e *RunError) said() []string {
	const maxErrors = 3
	lines := e.lines()
	var said []string
	for _, line := range lines {
		if text, ok := strings.CutPrefix(line, "Error: "); ok {
			said = append(said, text)
		}
	}
	if len(said) > 0 {
		return said[max(0, len(said)-maxErrors):]
	}
	return lines[max(0, len(lines)-1):]
}

// lines returns the output's lines that are not blank.
func (e *RunError) lines() []string {
	var lines []string
	for line := range strings.Lines(string(e.Tail)) {
		if line = strings.TrimSpace(printable(line, maxMessage)); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}
