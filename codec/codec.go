package codec

import (
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
)

// Codec encrypts and decrypts payloads. It can be used by several goroutines.
type Codec struct {
	keys   *Keys
	strict bool
}

var _ converter.PayloadCodec = (*Codec)(nil)

// New makes a codec that also reads what is not encrypted, as histories are that
// began before there was encryption.
func New(keys *Keys) *Codec { return &Codec{keys: keys} }

// Strict makes a codec that refuses what is not encrypted: then nobody who can
// write to Temporal but has no key can make the worker believe anything.
func Strict(keys *Keys) *Codec { return &Codec{keys: keys, strict: true} }

// Encode encrypts payloads with the first key.
func (c *Codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	encrypted := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		plain, err := proto.Marshal(p)
		if err != nil {
			return nil, err
		}
		id := c.keys.Writer()
		encrypted[i] = &commonpb.Payload{
			Metadata: map[string][]byte{converter.MetadataEncoding: []byte(Encoding), MetadataKeyID: []byte(id)},
			Data:     c.keys.aead[id].Seal(nil, nil, plain, additional(id)), //nolint:gosec // it draws the nonce itself, and wants none
		}
	}
	return encrypted, nil
}

// Decode decrypts payloads, with whichever key each names. Errors are
// *UnknownKeyError, *DamagedError and, of a strict codec, *PlainError.
func (c *Codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	plain := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		var err error
		if plain[i], err = c.open(p); err != nil {
			return nil, err
		}
	}
	return plain, nil
}

func (c *Codec) open(p *commonpb.Payload) (*commonpb.Payload, error) {
	if encoding := string(p.GetMetadata()[converter.MetadataEncoding]); encoding != Encoding {
		if c.strict {
			return nil, &PlainError{Encoding: encoding}
		}
		return p, nil
	}
	id := string(p.GetMetadata()[MetadataKeyID])
	if id == "" {
		return nil, &DamagedError{Problem: "it names no key in its metadata " + MetadataKeyID}
	}
	aead, ok := c.keys.aead[id]
	if !ok {
		return nil, &UnknownKeyError{KeyID: id, Known: c.keys.IDs()}
	}
	text, err := aead.Open(nil, nil, p.GetData(), additional(id))
	if err != nil {
		return nil, &DamagedError{KeyID: id, Problem: "it was changed, or another key has the same ID"}
	}
	plain := &commonpb.Payload{}
	if err := proto.Unmarshal(text, plain); err != nil {
		return nil, &DamagedError{KeyID: id, Problem: "what was encrypted is no payload"}
	}
	return plain, nil
}

// additional is what is authenticated beside the payload.
func additional(id string) []byte { return []byte(label + id) }
