package codec

import (
	"context"
	"errors"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"
)

// DataConverter is Temporal's default data converter with the codec around it,
// for client.Options and all that reads histories.
//
// In a workflow it panics where a key is missing. Temporal then repeats the
// workflow task until a worker has the key. An error would do harm for good: the
// SDK drops a signal that it cannot decode, and fails a workflow whose input it
// cannot decode.
func DataConverter(c converter.PayloadCodec) converter.DataConverter {
	return &dataConverter{DataConverter: converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), c)}
}

// dataConverter knows where the SDK uses it.
type dataConverter struct {
	converter.DataConverter
	inWorkflow bool
}

var (
	_ workflow.ContextAware                           = (*dataConverter)(nil)
	_ converter.DataConverterWithSerializationContext = (*dataConverter)(nil)
)

// FromPayload panics in a workflow when the key is missing.
func (d *dataConverter) FromPayload(payload *commonpb.Payload, value any) error {
	return d.await(d.DataConverter.FromPayload(payload, value))
}

// FromPayloads panics in a workflow when a key is missing.
func (d *dataConverter) FromPayloads(payloads *commonpb.Payloads, values ...any) error {
	return d.await(d.DataConverter.FromPayloads(payloads, values...))
}

func (d *dataConverter) await(err error) error {
	var unknown *UnknownKeyError
	if d.inWorkflow && errors.As(err, &unknown) {
		panic(unknown)
	}
	return err
}

// WithWorkflowContext returns the converter that is used in workflows.
func (d *dataConverter) WithWorkflowContext(workflow.Context) converter.DataConverter {
	return &dataConverter{DataConverter: d.DataConverter, inWorkflow: true}
}

// WithContext returns the converter that is used everywhere else.
func (d *dataConverter) WithContext(context.Context) converter.DataConverter { return d }

// WithSerializationContext keeps what the converter knows.
func (d *dataConverter) WithSerializationContext(converter.SerializationContext) converter.DataConverter {
	return d
}
