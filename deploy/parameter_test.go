package deploy_test

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aiolos/deploy"
)

func TestParameterValues(t *testing.T) {
	bound := func(v float64) *float64 { return &v }
	refused := struct{}{}
	for _, c := range []struct {
		parameter deploy.Parameter
		given     any
		want      any
	}{
		{deploy.Parameter{Type: "integer"}, 3, int64(3)},
		{deploy.Parameter{Type: "integer"}, 3.0, int64(3)},
		{deploy.Parameter{Type: "integer"}, json.Number("3"), int64(3)},
		{deploy.Parameter{Type: "integer"}, "-3", int64(-3)},
		{deploy.Parameter{Type: "integer"}, "3.0", refused},
		{deploy.Parameter{Type: "integer"}, "0x10", refused},
		{deploy.Parameter{Type: "integer"}, " 3", refused},
		{deploy.Parameter{Type: "integer"}, "", refused},
		{deploy.Parameter{Type: "integer"}, 3.5, refused},
		{deploy.Parameter{Type: "integer"}, 1e300, refused},
		{deploy.Parameter{Type: "integer"}, math.NaN(), refused},
		{deploy.Parameter{Type: "integer"}, "99999999999999999999", refused},
		{deploy.Parameter{Type: "integer"}, true, refused},
		{deploy.Parameter{Type: "integer", Minimum: bound(1), Maximum: bound(3)}, 0, refused},
		{deploy.Parameter{Type: "integer", Minimum: bound(1), Maximum: bound(3)}, 4, refused},
		{deploy.Parameter{Type: "integer", Minimum: bound(1), Maximum: bound(3)}, 3, int64(3)},
		{deploy.Parameter{Type: "integer", Enum: []any{int64(1), int64(4)}}, "4", int64(4)},
		{deploy.Parameter{Type: "integer", Enum: []any{int64(1), int64(4)}}, "2", refused},
		{deploy.Parameter{Type: "number"}, 3, 3.0},
		{deploy.Parameter{Type: "number"}, "1.5e3", 1500.0},
		{deploy.Parameter{Type: "number"}, "Inf", refused},
		{deploy.Parameter{Type: "number"}, "NaN", refused},
		{deploy.Parameter{Type: "number"}, "x", refused},
		{deploy.Parameter{Type: "number", Maximum: bound(0.5)}, 0.6, refused},
		{deploy.Parameter{Type: "boolean"}, true, true},
		{deploy.Parameter{Type: "boolean"}, "false", false},
		{deploy.Parameter{Type: "boolean"}, "yes", refused},
		{deploy.Parameter{Type: "boolean"}, 1, refused},
		{deploy.Parameter{Type: "string"}, "3", "3"},
		{deploy.Parameter{Type: "string"}, 3, refused},
		{deploy.Parameter{Type: "string", Pattern: "a|b"}, "b", "b"},
		{deploy.Parameter{Type: "string", Pattern: "a|b"}, "ab", refused},
		{deploy.Parameter{Type: "string", Pattern: "a|b"}, "a\n", refused},
		{deploy.Parameter{Type: "string", Pattern: "(?m)^a$"}, "a\nb", refused},
		{deploy.Parameter{Type: "list"}, []any{"a", 1, true, 1.5}, []any{"a", int64(1), true, 1.5}},
		{deploy.Parameter{Type: "list"}, "a,b", []any{"a", "b"}},
		{deploy.Parameter{Type: "list"}, "", []any{}},
		{deploy.Parameter{Type: "list"}, ` ["a", 1]`, []any{"a", 1.0}},
		{deploy.Parameter{Type: "list"}, `["a"`, refused},
		{deploy.Parameter{Type: "list"}, []any{[]any{}}, refused},
		{deploy.Parameter{Type: "list"}, []any{nil}, refused},
		{deploy.Parameter{Type: "list"}, 3, refused},
		{deploy.Parameter{Type: "other"}, "x", refused},
	} {
		got, ok := c.parameter.Value(c.given)
		if c.want == refused {
			require.False(t, ok, "%v %v", c.parameter, c.given)
			continue
		}
		require.True(t, ok, "%v %v", c.parameter, c.given)
		require.Equal(t, c.want, got)
	}
}

// TestCoercion: a value means the same whether it is given as itself, as a
// string, or has been through JSON; and checking it once more changes nothing.
func TestCoercion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const exact = 1 << 53
		n := rapid.Int64Range(-exact, exact).Draw(t, "integer")
		f := rapid.Float64().Draw(t, "number")
		b := rapid.Bool().Draw(t, "boolean")
		for _, c := range []struct {
			kind  deploy.ParameterType
			value any
			text  string
		}{
			{"integer", n, strconv.FormatInt(n, 10)},
			{"number", f, strconv.FormatFloat(f, 'g', -1, 64)},
			{"boolean", b, strconv.FormatBool(b)},
		} {
			p := deploy.Parameter{Type: c.kind}
			text, err := json.Marshal(c.value)
			require.NoError(t, err)
			var back any
			require.NoError(t, json.Unmarshal(text, &back))
			for _, given := range []any{c.value, c.text, back, json.Number(text)} {
				if _, isText := given.(json.Number); isText && c.kind == "boolean" {
					continue
				}
				got, ok := p.Value(given)
				require.True(t, ok, "%v", given)
				require.Equal(t, c.value, got)
				again, ok := p.Value(got)
				require.True(t, ok)
				require.Equal(t, got, again)
			}
		}
	})
}
