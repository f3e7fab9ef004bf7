package ec2_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPolicy holds docs/iam-policy.json against the calls that the code makes:
// each is composed as an input of the SDK, such as ec2.RunInstancesInput.
func TestPolicy(t *testing.T) {
	services := []string{"ec2", "servicequotas", "ssm", "sts"}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var called []string
	look := func(n ast.Node) bool {
		composed, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if selector, ok := composed.Type.(*ast.SelectorExpr); ok {
			service, isName := selector.X.(*ast.Ident)
			if action, isInput := strings.CutSuffix(selector.Sel.Name, "Input"); isInput && isName && slices.Contains(services, service.Name) {
				called = append(called, service.Name+":"+action)
			}
		}
		return true
	}
	for _, name := range files {
		if !strings.HasSuffix(name, "_test.go") {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			require.NoError(t, err)
			ast.Inspect(file, look)
		}
	}
	// These come along: tags with what is made, and the role that nodes are given.
	called = append(called, "ec2:CreateTags", "iam:PassRole")
	slices.Sort(called)
	require.Equal(t, slices.Compact(called), allowed(t))
}
