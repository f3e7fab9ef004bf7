package codec

import (
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"
)

// FailureConverter encrypts the messages and stack traces of failures, too. The
// data converter is the one that DataConverter made. What stays readable is the
// type of a failure, and where it came from.
//
// A failure that cannot be decrypted becomes an error of the same type whose
// message says why.
func FailureConverter(dc converter.DataConverter) converter.FailureConverter {
	return &failureConverter{
		FailureConverter: temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
			DataConverter: dc, EncodeCommonAttributes: true,
		}),
		values: dc,
	}
}

type failureConverter struct {
	converter.FailureConverter
	values converter.DataConverter
}

// FailureToError says what the SDK's own converter does not: why a message cannot
// be read. And it leaves the failure as it is: the SDK's converter decrypts in
// place what is written to the history afterwards, the failure of a local
// activity.
func (c *failureConverter) FailureToError(failure *failurepb.Failure) error {
	if failure == nil {
		return nil
	}
	failure = proto.CloneOf(failure)
	for f := failure; f != nil; f = f.GetCause() {
		var anything any
		if err := c.values.FromPayload(f.GetEncodedAttributes(), &anything); err != nil {
			f.Message = "a message that cannot be read: " + err.Error()
		}
	}
	return c.FailureConverter.FailureToError(failure)
}
