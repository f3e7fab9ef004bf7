package codec

import (
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
)

// Converters are what all that Temporal is given to keep goes through, both ways.
// Whoever dials Temporal uses them for the client, and whoever reads payloads out
// of a history itself, for those.
type Converters struct {
	Data     converter.DataConverter
	Failures converter.FailureConverter
	// Codec is what they do to each payload, for those who rewrite whole histories.
	Codec converter.PayloadCodec
	// Encrypts says that what is written is encrypted.
	Encrypts bool
}

// Converting returns the converters around a codec that encrypts: a Codec with
// keys, or one that a codec server stands for.
func Converting(c converter.PayloadCodec) Converters {
	data := DataConverter(c)
	return Converters{Data: data, Failures: FailureConverter(data), Codec: c, Encrypts: true}
}

// Plain returns the converters of those who have no keys. They write as Temporal
// itself does. What is encrypted they do not take for damaged: they name the
// key, and in a workflow wait for a worker that has it.
func Plain() Converters { return ConvertingPlain(keyless{}) }

// ConvertingPlain returns converters whose codec leaves what it writes as it is, so
// that the messages of failures stay where people look for them.
func ConvertingPlain(c converter.PayloadCodec) Converters {
	data := DataConverter(c)
	failures := temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{DataConverter: data})
	return Converters{Data: data, Failures: &failureConverter{FailureConverter: failures, values: data}, Codec: c}
}

// Keyless is the codec of Plain.
func Keyless() converter.PayloadCodec { return keyless{} }

// Use has a client use the converters, on the way that is best to its server.
func (c Converters) Use(o *client.Options) {
	o.DataConverter, o.FailureConverter = c.Data, c.Failures
	uncompressed(o)
}

// keyless is the codec of those who have no keys.
type keyless struct{}

func (keyless) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	return payloads, nil
}

func (keyless) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	for _, p := range payloads {
		if string(p.GetMetadata()[converter.MetadataEncoding]) == Encoding {
			return nil, &UnknownKeyError{KeyID: string(p.GetMetadata()[MetadataKeyID])}
		}
	}
	return payloads, nil
}
