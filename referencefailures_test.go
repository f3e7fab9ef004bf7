package aiolos_test

import (
	"fmt"
	"go/ast"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/activities"
	"aiolos/deploy"
)

// failureTable lists the kinds of failure: what they mean, who tries again, and what
// a person does about them.
func failureTable(t *testing.T, b *strings.Builder) {
	t.Helper()
	b.WriteString("\n## Failures\n\nThe type of the Temporal application error that ends a failed operation, and `kind` of each entry in its details. " +
		"*By itself* says whether an attempt that fails so is repeated without asking; *by `retry`*, whether the step's `retry` in the blueprint repeats it. " +
		"Where neither does, or both have given up, the deployment waits for a person ([what can be decided](guide.md#when-something-fails)).\n\n" +
		"| kind | what it means | by itself | by `retry` | what to do |\n|---|---|---|---|---|\n")
	again := retried(t)
	for _, k := range kinds(t) {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", k.value, k.doc, again[k.name], yes(activities.Deliberate(deploy.Kind(k.value))), k.remedy)
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

type kind struct{ name, value, doc, remedy string }

// kinds returns the kinds of failure with what is said about them.
func kinds(t *testing.T) []kind {
	t.Helper()
	var all []kind
	for _, file := range files(t, "deploy") {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "Kind" {
				return true
			}
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			_, text, _ := strings.Cut(strings.Join(strings.Fields(spec.Doc.Text()), " "), ": ")
			doc, remedy, told := strings.Cut(text, " Remedy: ")
			require.True(t, told, "%s has no remedy", value)
			all = append(all, kind{spec.Names[0].Name, value, doc, remedy})
			return true
		})
	}
	sort.Slice(all, func(i, j int) bool { return all[i].value < all[j].value })
	return all
}

// retried reads from the table in activities/failures.go which kinds are retried, by
// the names of their constants.
func retried(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{"KindStep": "yes"} // what is not listed is retried
	for _, file := range files(t, "activities") {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || spec.Names[0].Name != "retryable" {
				return true
			}
			for _, element := range spec.Values[0].(*ast.CompositeLit).Elts {
				entry := element.(*ast.KeyValueExpr)
				all[entry.Key.(*ast.SelectorExpr).Sel.Name] = yes(entry.Value.(*ast.Ident).Name == "true")
			}
			return false
		})
	}
	// Of these, the error itself knows whether it passes.
	all["KindGluster"], all["KindSource"] = "while gluster is busy", "while it cannot be reached"
	require.Len(t, all, len(kinds(t)), "every kind is listed in activities/failures.go")
	return all
}
