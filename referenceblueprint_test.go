package aiolos_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/activities"
	"aiolos/deploy/schema"
)

// contents says what the reference has, and what has pages of its own.
func contents(b *strings.Builder) {
	b.WriteString("\nWhat there is: [blueprints](#blueprint), their [actions](#actions), the [commands](#commands), " +
		"[the worker's configuration](#the-workers-configuration), [failures and what to do](#failures), [requests](#request), [status](#status) and [outcomes](#outcome). " +
		"Elsewhere: [metrics](metrics.md), and the JSON Schemas of [blueprints](schemas/blueprint.schema.json), [requests](schemas/request.schema.json) " +
		"and [outcomes](schemas/outcome.schema.json), which `aiolos schema` prints, too.\n")
}

// schemed is as much of a JSON Schema as the tables tell.
type schemed struct {
	Description string
	Properties  map[string]schemed
	Required    []string
	AnyOf       []schemed
	Defs        map[string]schemed `json:"$defs"`
}

// blueprintTables lists the keys of blueprints from their JSON Schema. Actions have
// tables of their own.
func blueprintTables(t *testing.T, b *strings.Builder) {
	t.Helper()
	text, err := schema.Blueprint(activities.Types())
	require.NoError(t, err)
	var root schemed
	require.NoError(t, json.Unmarshal(text, &root))
	b.WriteString("\n## Blueprint\n\nThe keys of a blueprint, from its [JSON Schema](schemas/blueprint.schema.json), which also has the limits of names and values; " +
		"an editor completes and checks with it. [The guide](guide.md#writing-a-blueprint) explains them.\n")
	for _, part := range []struct {
		title string
		of    schemed
	}{{"The file", root}, {"Each of `parameters`", root.Defs["parameter"]}, {"Each of `groups`", root.Defs["group"]}, {"Each of a group's `disks`", root.Defs["disk"]}, {"Each of `steps`", root.Defs["step"]}, {"Each of a step's `needs`", root.Defs["need"]}} {
		require.NotEmpty(t, part.of, part.title)
		for _, choice := range part.of.AnyOf {
			if len(choice.Properties) > 0 {
				part.of = choice
			}
		}
		fmt.Fprintf(b, "\n%s:\n\n| key | |\n|---|---|\n", part.title)
		keys := make([]string, 0, len(part.of.Properties))
		for key := range part.of.Properties {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		for _, key := range keys {
			field, need := part.of.Properties[key], ""
			if field.Description == "" {
				if !strings.HasPrefix(part.title, "Each of `steps`") {
					t.Errorf("%s, %s: the schema says nothing of it", part.title, key)
				}
				field.Description = "An action: see [below](#" + key + ")."
			}
			if slices.Contains(part.of.Required, key) {
				need = " (required)"
			}
			fmt.Fprintf(b, "| `%s`%s | %s |\n", key, need, strings.ReplaceAll(field.Description, "|", `\|`))
		}
	}
}
