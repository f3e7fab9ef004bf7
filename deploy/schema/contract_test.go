package schema

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"aiolos/activities"
	"aiolos/deploy"
	"aiolos/deploy/aeolus"
)

// outcomes is the compiled schema of outcomes, failures that of failures' details.
func outcomes(t *testing.T) (outcome, failures *jsonschema.Schema) {
	t.Helper()
	text, err := Outcome()
	require.NoError(t, err)
	var top object
	require.NoError(t, json.Unmarshal(text, &top))
	part, err := json.Marshal(top["$defs"].(object)["failures"])
	require.NoError(t, err)
	return compiled(t, text, jsonschema.Draft2020), compiled(t, part, jsonschema.Draft2020)
}

func parsed(t *testing.T, text []byte) any {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	return doc
}

// TestOldRequests: requests that were sent to earlier releases are still understood,
// and what they say by themselves comes to the same plan.
func TestOldRequests(t *testing.T) {
	files, err := filepath.Glob("testdata/requests/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	text, err := Request()
	require.NoError(t, err)
	schema := compiled(t, text, jsonschema.Draft2020)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			require.NoError(t, schema.Validate(parsed(t, text)))
			request := strict[deploy.Request](t, text)
			require.NoError(t, request.Check())
			source := []byte(request.Source)
			if len(source) == 0 {
				source, _ = deploy.Builtin(request.Blueprint)
			}
			blueprint, err := aeolus.ReadBlueprint(request.Blueprint, source, activities.Types())
			require.NoError(t, err)
			plan, err := blueprint.Plan("demo", request, "docker", nil)
			require.NoError(t, err)
			if request.Source == "" {
				return // a built-in blueprint may become a better one
			}
			now, err := json.MarshalIndent(plan, "", "  ")
			require.NoError(t, err)
			current(t, filepath.Join("testdata/requests/plans", filepath.Base(file)), append(now, '\n'))
		})
	}
}

// strict decodes a value, and refuses fields that are not known any more.
func strict[T any](t *testing.T, text []byte) T {
	t.Helper()
	var value T
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&value), "%s", text)
	return value
}

// TestRecorded: what real operations of this release and earlier ones were asked for
// and have returned is within the contract.
func TestRecorded(t *testing.T) {
	histories, err := filepath.Glob("../../workflows/testdata/histories/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, histories)
	text, err := Request()
	require.NoError(t, err)
	requests := compiled(t, text, jsonschema.Draft2020)
	outcome, failures := outcomes(t)
	var ended, failed int
	for _, file := range histories {
		h := readHistory(t, file)
		first, last := h.Events[0].Started, h.Events[len(h.Events)-1]
		if first.Type.Name == "Deploy" {
			request := first.Input.plain(t)
			require.NoError(t, requests.Validate(parsed(t, request)), file)
			require.NoError(t, strict[deploy.Request](t, request).Check(), file)
		}
		if result := last.Completed.Result.plain(t); result != nil {
			ended++
			require.NoError(t, outcome.Validate(parsed(t, result)), file)
			strict[deploy.Outcome](t, result)
		}
		if details := last.Failed.Failure.Info.Details.plain(t); details != nil {
			failed++
			require.NoError(t, failures.Validate(parsed(t, details)), file)
			strict[[]deploy.Failure](t, details)
		}
	}
	require.Positive(t, ended)
	require.Positive(t, failed)
}

// history is the part of a history in JSON that callers have to do with.
type history struct {
	Events []struct {
		Started struct {
			Type  struct{ Name string } `json:"workflowType"`
			Input payloads
		} `json:"workflowExecutionStartedEventAttributes"`
		Completed struct {
			Result payloads
		} `json:"workflowExecutionCompletedEventAttributes"`
		Failed struct {
			Failure struct {
				Info struct{ Details payloads } `json:"applicationFailureInfo"`
			}
		} `json:"workflowExecutionFailedEventAttributes"`
	}
}

type payloads struct {
	Payloads []struct{ Data string }
}

// plain is what the first payload holds; nil where there is none.
func (p payloads) plain(t *testing.T) []byte {
	t.Helper()
	if len(p.Payloads) == 0 {
		return nil
	}
	text, err := base64.StdEncoding.DecodeString(p.Payloads[0].Data)
	require.NoError(t, err)
	return text
}

func readHistory(t *testing.T, file string) history {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var h history
	require.NoError(t, json.Unmarshal(text, &h))
	return h
}

func TestOutcomes(t *testing.T) {
	schema, failures := outcomes(t)
	for name, o := range map[string]deploy.Outcome{
		"done": {Deployment: "demo", Blueprint: "nodes", State: deploy.StateDone, Changes: []string{"launched web-0"},
			Nodes: []deploy.NodeStatus{{Name: "web-0", Group: "web", Facts: map[string]any{"address": "192.0.2.1"}}}, Outputs: map[string]any{"list": []int{1}}},
		"drifted": {Deployment: "demo", State: deploy.StateDrifted, Changes: []string{}, Nodes: []deploy.NodeStatus{},
			Differences: []deploy.Difference{{Step: "launch", Node: "web-1", What: "does not exist"}}, NotChecked: []deploy.Unchecked{{Step: "verify", Because: "it would act"}}},
		"destroyed": {Deployment: "demo", State: deploy.StateDestroyed, Changes: []string{"removed web-0"}, Nodes: []deploy.NodeStatus{}, Left: []string{"a peer"}},
	} {
		text, err := json.Marshal(o)
		require.NoError(t, err)
		require.NoError(t, schema.Validate(parsed(t, text)), name)
	}
	require.NoError(t, schema.Validate(parsed(t, []byte(`{"deployment": "demo", "state": "New", "nodes": [], "changes": [], "more": 1}`))), "a later release may tell more")
	for _, wrong := range []string{`{}`, `{"deployment": "demo", "state": "Done", "nodes": null, "changes": []}`, `{"deployment": "demo", "state": "Done", "nodes": [{}], "changes": []}`} {
		require.Error(t, schema.Validate(parsed(t, []byte(wrong))), wrong)
	}
	require.Error(t, failures.Validate(parsed(t, []byte(`[{"kind": "Job"}]`))))
}

// TestNothingIsTakenAway holds today's schemas against those with which the version
// began: requests may gain fields and choices, outcomes fields.
func TestNothingIsTakenAway(t *testing.T) {
	read := func(text []byte, err error) object {
		require.NoError(t, err)
		var schema object
		require.NoError(t, json.Unmarshal(text, &schema))
		return schema
	}
	keeps(t, "request", read(os.ReadFile("testdata/request-first.schema.json")), read(Request()), false)
	keeps(t, "outcome", read(os.ReadFile("testdata/outcome-first.schema.json")), read(Outcome()), true)
}

// keeps compares two schemas. Of what is told, all that was sure stays so; of what is
// asked for, nothing more is demanded.
func keeps(t *testing.T, at string, first, now object, told bool) {
	t.Helper()
	require.Equal(t, first["type"], now["type"], at)
	had, _ := first["required"].([]any)
	has, _ := now["required"].([]any)
	if !told {
		had, has = has, had
	}
	for _, name := range had {
		require.Contains(t, has, name, "%s: what is required", at)
	}
	if choices, ok := first["enum"].([]any); ok {
		today, _ := now["enum"].([]any)
		for _, choice := range choices {
			require.True(t, slices.Contains(today, choice) || now["enum"] == nil, "%s: the choice %v", at, choice)
		}
	}
	for _, part := range []string{"properties", "$defs"} {
		parts, _ := first[part].(object)
		today, _ := now[part].(object)
		for name, was := range parts {
			require.Contains(t, today, name, "%s.%s", at, part)
			keeps(t, at+"."+name, was.(object), today[name].(object), told)
		}
	}
	if was, ok := first["items"].(object); ok {
		keeps(t, at+"[]", was, now["items"].(object), told)
	}
}
