package codec_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"aiolos/codec"
)

type value struct {
	Name  string
	Count map[string]int
}

func TestDataConverter(t *testing.T) {
	young := codec.DataConverter(codec.Strict(keys(t, line("k2", 2)+line("k1", 1))))
	old := codec.DataConverter(codec.New(keys(t, line("k1", 1))))
	rapid.Check(t, func(t *rapid.T) {
		want := value{rapid.String().Draw(t, "name"), rapid.MapOfN(rapid.String(), rapid.Int(), 1, 3).Draw(t, "count")}
		for _, write := range []converter.DataConverter{old, young} {
			encoded, err := write.ToPayloads(want, nil, []byte("bytes"), "text")
			require.NoError(t, err)
			require.Len(t, encoded.GetPayloads(), 4)
			var got value
			var nothing *value
			var bytes []byte
			var text string
			require.NoError(t, young.FromPayloads(encoded, &got, &nothing, &bytes, &text))
			require.Equal(t, want, got)
			require.Nil(t, nothing)
			require.Equal(t, "bytes"+"text", string(bytes)+text)
		}
	})
	encoded, err := young.ToPayload("x")
	require.NoError(t, err)
	var got string
	var unknown *codec.UnknownKeyError
	require.ErrorAs(t, old.FromPayload(encoded, &got), &unknown)
	require.Contains(t, old.ToString(encoded), `key "k2"`)
	require.Equal(t, `"x"`, young.ToString(encoded))
	require.NoError(t, young.FromPayloads(nil))
}

// TestFailureConverter takes an error with a cause and details to a failure and
// back: only what Temporal itself goes by is readable between.
func TestFailureConverter(t *testing.T) {
	dc := codec.DataConverter(codec.Strict(keys(t, line("k1", 1))))
	failures := codec.FailureConverter(dc)
	cause := temporal.NewApplicationErrorWithOptions("the cause is hush", "Cause", temporal.ApplicationErrorOptions{Details: []any{"hush, too"}})
	failure := failures.ErrorToFailure(temporal.NewNonRetryableApplicationError("a password was hush", "Job", cause, value{Name: "hush"}))
	wire, err := proto.Marshal(failure)
	require.NoError(t, err)
	require.NotContains(t, string(wire), "hush")
	require.Contains(t, string(wire), "Job")

	var got *temporal.ApplicationError
	require.ErrorAs(t, failures.FailureToError(proto.CloneOf(failure)), &got)
	require.Equal(t, "a password was hush", got.Message())
	require.True(t, got.NonRetryable())
	var details value
	require.NoError(t, got.Details(&details))
	require.Equal(t, "hush", details.Name)
	require.ErrorAs(t, errors.Unwrap(got), &got)
	require.Equal(t, "the cause is hush", got.Message())

	// Without the key, the message says so.
	other := codec.FailureConverter(codec.DataConverter(codec.New(keys(t, line("k2", 2)))))
	require.ErrorAs(t, other.FailureToError(proto.CloneOf(failure)), &got)
	require.Equal(t, "Job", got.Type())
	require.Contains(t, got.Message(), `key "k1"`)
	require.Contains(t, errors.Unwrap(got).Error(), `key "k1"`)
}
