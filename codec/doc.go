// Package codec encrypts what Temporal is given to keep: every payload, and the
// messages and stack traces of failures, with AES-256-GCM (NIST SP 800-38D).
//
// A payload says which key it was encrypted with, so that keys can be replaced:
// one writes, several can read. What was written before there was encryption
// stays readable, unless the codec is strict. Handler decodes for Temporal's UI
// and command line.
//
// An encrypted payload has the metadata "encoding", which is "binary/encrypted",
// and "encryption-key-id". Its data is a nonce of 12 bytes, the ciphertext of the
// payload as a protobuf message, and a tag of 16 bytes. The additional data that
// the tag covers is "aiolos/v1/payload", a zero byte and the key's ID.
package codec

// Metadata of encrypted payloads.
const (
	// Encoding is the value of Temporal's own metadata field "encoding".
	Encoding = "binary/encrypted"
	// MetadataKeyID is the field that names the key.
	MetadataKeyID = "encryption-key-id"
)

// label begins the additional data. It never changes its meaning: another format
// gets another version, since histories are kept for long.
const label = "aiolos/v1/payload\x00"
