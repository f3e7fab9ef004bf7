package puppet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxReportBytes bounds a report. What run.rb writes stays far below: it counts
// what did not change, and cuts lists and messages.
const MaxReportBytes = 1 << 20

// Bounds of what a Report holds, whatever a node says.
const (
	maxChanged  = 1000
	MaxDrifted  = 100
	maxFailures = 50
	maxMessage  = 4096 // bytes
)

// Report is what Puppet says of a run.
type Report struct {
	// Status is "changed", "unchanged" or "failed".
	Status string `json:"status"`
	// Resources counts those of the catalog; the others count some of them.
	Resources int `json:"resources"`
	Changed   int `json:"changed"`
	Failed    int `json:"failed"`
	// Skipped counts those whose dependencies failed.
	Skipped   int `json:"skipped"`
	OutOfSync int `json:"out_of_sync"`
	// Seconds is how long Puppet took, from its start to the report.
	Seconds float64 `json:"seconds"`
	// ChangedResources names the first thousand that changed, as "File[/data]".
	ChangedResources []string `json:"changed_resources"`
	// Drifted tells of the first hundred that a run without effect would change.
	Drifted []ResourceDrift `json:"drifted"`
	// Failures tells of the first fifty that failed.
	Failures []ResourceFailure `json:"failures"`
}

// ResourceDrift is a resource that is not as the code says, in Puppet's words.
type ResourceDrift struct {
	Resource string `json:"resource"`
	Message  string `json:"message"`
}

// ResourceFailure is a resource that failed, with Puppet's message.
type ResourceFailure struct {
	Resource string `json:"resource"`
	Message  string `json:"message"`
	// File and Line are where the resource is declared; Line is 0 where unknown.
	File string `json:"file"`
	Line int    `json:"line"`
}

// ReportError says that a report cannot be read.
type ReportError struct{ Reason string }

func (e *ReportError) Error() string { return "Puppet's report cannot be read: " + e.Reason }

// ParseReport reads the report that a job left. An error is a *ReportError. Text
// in the result is printable UTF-8 and bounded, whatever the node wrote.
func ParseReport(data []byte) (Report, error) {
	if len(data) > MaxReportBytes {
		return Report{}, &ReportError{fmt.Sprintf("it has %d bytes, more than %d", len(data), MaxReportBytes)}
	}
	var r Report
	decoder := json.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&r); err != nil {
		return Report{}, &ReportError{err.Error()}
	}
	if decoder.More() {
		return Report{}, &ReportError{"something follows it"}
	}
	switch r.Status {
	case "changed", "unchanged", "failed":
	default:
		return Report{}, &ReportError{fmt.Sprintf("its status is %q, neither changed, unchanged nor failed", printable(r.Status, 64))}
	}
	for name, n := range map[string]int{"changed": r.Changed, "failed": r.Failed, "skipped": r.Skipped, "out_of_sync": r.OutOfSync} {
		if n < 0 || n > r.Resources {
			return Report{}, &ReportError{fmt.Sprintf("%s is %d of %d resources", name, n, r.Resources)}
		}
	}
	if r.Seconds < 0 || math.IsInf(r.Seconds, 0) || math.IsNaN(r.Seconds) {
		return Report{}, &ReportError{fmt.Sprintf("it took %v seconds", r.Seconds)}
	}
	r.ChangedResources = r.ChangedResources[:min(len(r.ChangedResources), maxChanged)]
	for i, name := range r.ChangedResources {
		r.ChangedResources[i] = printable(name, maxMessage)
	}
	r.Drifted = r.Drifted[:min(len(r.Drifted), MaxDrifted)]
	for i, d := range r.Drifted {
		r.Drifted[i] = ResourceDrift{Resource: printable(d.Resource, maxMessage), Message: strings.Join(strings.Fields(printable(d.Message, maxMessage)), " ")}
	}
	r.Failures = r.Failures[:min(len(r.Failures), maxFailures)]
	for i, f := range r.Failures {
		r.Failures[i] = ResourceFailure{
			Resource: printable(f.Resource, maxMessage), Message: printable(strings.TrimSpace(f.Message), maxMessage),
			File: printable(f.File, maxMessage), Line: max(f.Line, 0),
		}
	}
	return r, nil
}

// printable returns s without control characters other than line ends and tabs,
// of at most limit bytes.
func printable(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(s, "?"))
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
