// Package seal lets a value travel through requests and histories that nobody
// but the worker may read: it is encrypted to the worker's public key, for one
// context, and opened just before it is used.
//
// A sealed value is a text that any notation can carry: <sealed:BASE64URL>. The
// functions of package deploy find it within longer texts. Inside are a version,
// the ID of the key, and HPKE's encapsulated key and ciphertext (RFC 9180).
package seal

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/base64"
	"encoding/binary"

	"aiolos/deploy"
)

// MaxPlain bounds a value, in bytes.
const MaxPlain = 64 << 10

// version is the first byte inside. It stands for all that follows: the suite,
// the padding, and what the context is bound to.
const version = 1

// The suite of version 1.
func kem() hpke.KEM   { return hpke.DHKEM(ecdh.X25519()) }
func kdf() hpke.KDF   { return hpke.HKDFSHA256() }
func aead() hpke.AEAD { return hpke.AES256GCM() }

const (
	idSize   = 8
	encSize  = 32 // of X25519
	tagSize  = 16 // of GCM
	headSize = 1 + idSize
	minSize  = headSize + encSize + block + tagSize
	// maxBody bounds what is decoded of a text, in base64.
	maxBody = (headSize + encSize + MaxPlain + block + tagSize + 2) / 3 * 4
)

// block is what values are padded to a multiple of, in bytes, so that a history
// does not tell how long a password is.
const block = 64

// pad appends a byte 0x80 and zeros (ISO/IEC 7816-4).
func pad(plain []byte) []byte {
	padded := make([]byte, (len(plain)/block+1)*block)
	copy(padded, plain)
	padded[len(plain)] = 0x80
	return padded
}

// unpad undoes pad; false means that it is not pad's work.
func unpad(padded []byte) ([]byte, bool) {
	plain := bytes.TrimRight(padded, "\x00")
	if len(plain) == 0 || plain[len(plain)-1] != 0x80 || len(padded)-len(plain) >= block {
		return nil, false
	}
	return plain[:len(plain)-1], true
}

// info binds a value to its use, its version and its context. The label is fixed
// in length by what it says, so that nothing else ever gives the same bytes.
func info(context string) []byte {
	const label = "aiolos/v1/sealed-value"
	b := binary.BigEndian.AppendUint32(nil, uint32(len(label)))
	b = append(b, label...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(context))) //nolint:gosec // a name
	return append(b, context...)
}

// body is the inside of a sealed value, taken apart.
type body struct {
	id         []byte
	ciphertext []byte // the encapsulated key, and what it encrypts
}

// parse takes a sealed value apart. Its error is an *OpenError.
func parse(sealed string) (body, error) {
	text, ok := deploy.SealedBody(sealed)
	if !ok {
		return body{}, &OpenError{Problem: "it is no sealed value"}
	}
	if len(text) > maxBody {
		return body{}, &OpenError{Problem: "it is too long"}
	}
	// Strict, so that there is one text only for one sealed value.
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	switch {
	case err != nil || len(b) < 1:
		return body{}, &OpenError{Problem: "it is damaged"}
	case b[0] != version:
		return body{}, &OpenError{Problem: "this worker does not know its version"}
	case len(b) < minSize:
		return body{}, &OpenError{Problem: "it is cut off"}
	}
	return body{id: b[1:headSize], ciphertext: b[headSize:]}, nil
}
