package gateway

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"deployment":"d","node":"n","name":"a","value":"v"}`, `{}`, `[]`, ``, `{"name":"a","name":"b"}`,
		`{"deployment":"d","node":"n","name":"a","value":"v"}{}`, `{"deployment":"\ud800","node":"n","name":"a","value":"\u0000"}`,
		`{"Deployment":1}`, `{"value":{"value":["v"]}}`, "{\"value\":\"\xff\"}", `{"deployment":"d","node":"n","name":"a","value":null}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := parse(body)
		if err != nil {
			var field *FieldError
			require.ErrorAs(t, err, &field)
			require.NotEmpty(t, field.Allowed)
			return
		}
		// Whatever is taken means to a plain JSON reader what it means here.
		var plain map[string]string
		require.NoError(t, json.Unmarshal(body, &plain))
		require.Equal(t, map[string]string{"deployment": s.Deployment, "node": s.Node, "name": s.Name, "value": s.Value}, plain)
		if s.check() == nil && (!utf8.ValidString(s.Value) || len(s.Value) > maxValue) {
			t.Fatalf("%q", s.Value)
		}
	})
}
