package codec_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"aiolos/codec"
)

// TestPlain reads and writes without keys: as Temporal itself does, but for
// naming the key of what is encrypted.
func TestPlain(t *testing.T) {
	plain := codec.Plain()
	written, err := plain.Data.ToPayload("text")
	require.NoError(t, err)
	same, err := converter.GetDefaultDataConverter().ToPayload("text")
	require.NoError(t, err)
	require.Equal(t, same.String(), written.String())
	var got string
	require.NoError(t, plain.Data.FromPayload(written, &got))
	require.Equal(t, "text", got)

	failure := plain.Failures.ErrorToFailure(temporal.NewApplicationError("the disk is full", "Job"))
	require.Equal(t, "the disk is full", failure.GetMessage())
	require.Nil(t, failure.GetEncodedAttributes())

	encrypting := codec.Converting(codec.New(keys(t, line("k1", 1))))
	hidden, err := encrypting.Data.ToPayload("text")
	require.NoError(t, err)
	var unknown *codec.UnknownKeyError
	require.ErrorAs(t, plain.Data.FromPayload(hidden, &got), &unknown)
	require.Equal(t, "k1", unknown.KeyID)
	require.ErrorContains(t, unknown, "there are no payload keys here")
	failure = encrypting.Failures.ErrorToFailure(temporal.NewApplicationError("the disk is full", "Job"))
	require.NotContains(t, failure.GetMessage(), "disk")
	var application *temporal.ApplicationError
	require.ErrorAs(t, plain.Failures.FailureToError(failure), &application)
	require.Equal(t, "Job", application.Type())
	require.Contains(t, application.Message(), `the key "k1"`)
	// Whoever has the key reads what was written without one.
	require.NoError(t, encrypting.Data.FromPayload(written, &got))
}
