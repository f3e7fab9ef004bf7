package puppet

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

// recorded reads a report that Puppet made on a node.
func recorded(t *testing.T, name string) Report {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "report-"+name+".json"))
	require.NoError(t, err)
	report, err := ParseReport(data)
	require.NoError(t, err)
	return report
}

func TestReports(t *testing.T) {
	changed := recorded(t, "changed")
	require.Equal(t, "changed", changed.Status)
	require.Equal(t, changed.Changed, len(changed.ChangedResources))
	require.Contains(t, changed.ChangedResources, "Mount[/data]")
	require.Positive(t, changed.Seconds)
	require.NoError(t, Failure(&changed, 0, nil))

	unchanged := recorded(t, "unchanged")
	require.Equal(t, "unchanged", unchanged.Status)
	require.Zero(t, unchanged.Changed+unchanged.Failed+unchanged.Skipped+unchanged.OutOfSync)
	require.Equal(t, changed.Resources, unchanged.Resources)
	require.NoError(t, Failure(&unchanged, 0, nil))

	failed := recorded(t, "failed")
	require.Equal(t, "failed", failed.Status)
	require.Equal(t, []int{1, 3, 2}, []int{failed.Changed, failed.Failed, failed.Skipped})
	require.Equal(t, "Exec[broken]", failed.Failures[0].Resource)
	require.Equal(t, 1, failed.Failures[0].Line)
}

func TestFailures(t *testing.T) {
	failed := recorded(t, "failed")
	err := Failure(&failed, 6, []byte("Notice: something\n\nError: the last line\n"))
	var run *RunError
	require.ErrorAs(t, err, &run)
	require.Equal(t, deploy.KindPuppet, run.Kind())
	for _, part := range []string{"3 resources", "Exec[broken]: ", "returned 3 instead of one of [0] mirror is down", "Service[nonesuch]", "Unable to locate package nonesuch-package", "main.pp:6"} {
		require.ErrorContains(t, err, part)
	}
	require.NotContains(t, err.Error(), "\n")
	require.Equal(t, []string{"Notice: something", "Error: the last line"}, run.Evidence()[3:])

	// What does not compile leaves no report; Puppet's words are all there is.
	output, readErr := os.ReadFile("testdata/output-compile")
	require.NoError(t, readErr)
	err = Failure(nil, 1, output)
	require.ErrorContains(t, err, "exit code 1: Evaluation Error: Operator '[]' is not applicable to an Undef Value")
	require.ErrorContains(t, err, "line: 1, column: 24")

	require.EqualError(t, Failure(nil, 137, nil), "the Puppet run ended with exit code 137 and no output")
	unchanged := recorded(t, "unchanged")
	require.ErrorContains(t, Failure(&unchanged, 7, []byte("Puppet is done, but the signal x could not be sent\n")), "exit code 7: Puppet is done, but")
	require.NoError(t, Failure(nil, 0, nil))

	// Puppet's exit code may be lost, its report says it all the same.
	require.Error(t, Failure(&failed, 0, nil))
}

func TestReportsThatCannotBeRead(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "no json": "--- !ruby/object:Puppet::Transaction::Report", "cut": `{"status":"chan`,
		"status": `{"status":"fine"}`, "negative": `{"status":"changed","changed":-1}`, "more than all": `{"status":"changed","resources":1,"failed":2}`,
		"seconds": `{"status":"changed","seconds":-1}`, "twice": `{"status":"changed"}{"status":"changed"}`, "type": `{"status":"changed","resources":"many"}`,
		"large": `{"status":"changed"` + strings.Repeat(" ", MaxReportBytes) + `}`,
	} {
		_, err := ParseReport([]byte(text))
		var unread *ReportError
		require.ErrorAs(t, err, &unread, name)
	}
}

func FuzzParseReport(f *testing.F) {
	for _, name := range []string{"changed", "unchanged", "failed"} {
		data, err := os.ReadFile(filepath.Join("testdata", "report-"+name+".json"))
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add([]byte(`{"status":"failed","resources":1,"failed":1,"failures":[{"message":"\u001b[31m\ud800 x","line":-1}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ParseReport(data)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(r.ChangedResources), maxChanged)
		require.LessOrEqual(t, len(r.Failures), maxFailures)
		for _, failure := range r.Failures {
			require.LessOrEqual(t, len(failure.Message), maxMessage)
			require.True(t, utf8.ValidString(failure.Message))
			require.NotContains(t, failure.Message, "\x1b")
			require.GreaterOrEqual(t, failure.Line, 0)
		}
		_ = Failure(&r, 4, data)
		_, err = json.Marshal(r)
		require.NoError(t, err)
	})
}

// TestDrift: what a run without effect would change is told, bounded and printable.
func TestDrift(t *testing.T) {
	drift := strings.Repeat(`{"resource": "File[/x]", "message": "content changed\n 'a' to\u001b 'b'"},`, MaxDrifted+1)
	report, err := ParseReport([]byte(`{"status": "unchanged", "resources": 200, "out_of_sync": 101, "drifted": [` + strings.TrimSuffix(drift, ",") + `]}`))
	require.NoError(t, err)
	require.Len(t, report.Drifted, MaxDrifted)
	require.Equal(t, ResourceDrift{Resource: "File[/x]", Message: "content changed 'a' to 'b'"}, report.Drifted[0])
	require.NoError(t, Failure(&report, 0, nil), "drift is no failure")
}
