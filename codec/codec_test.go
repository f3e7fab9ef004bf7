package codec_test

import (
	"bytes"
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"aiolos/codec"
)

// line is a line of a keys file with a key that is easy to make elsewhere, too.
func line(id string, of byte) string {
	return id + " " + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{of}, codec.KeySize)) + "\n"
}

func keys(t require.TestingT, text string) *codec.Keys {
	k, err := codec.ParseKeys([]byte(text))
	require.NoError(t, err)
	return k
}

var payloads = rapid.Custom(func(t *rapid.T) *commonpb.Payload {
	return &commonpb.Payload{
		Metadata: rapid.MapOfN(rapid.String(), rapid.SliceOf(rapid.Byte()), 0, 3).Draw(t, "metadata"),
		Data:     rapid.SliceOf(rapid.Byte()).Draw(t, "data"),
	}
})

func same(t require.TestingT, want, got []*commonpb.Payload) {
	require.Len(t, got, len(want))
	for i := range want {
		require.True(t, proto.Equal(want[i], got[i]), "payload %d", i)
	}
}

func TestRoundTrip(t *testing.T) {
	c := codec.Strict(keys(t, line("k1", 1)+line("k2", 2)))
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(payloads).Draw(t, "payloads")
		var before []*commonpb.Payload
		for _, p := range want {
			before = append(before, proto.Clone(p).(*commonpb.Payload))
		}
		encoded, err := c.Encode(want)
		require.NoError(t, err)
		same(t, before, want) // what is given is not changed
		for _, p := range encoded {
			require.Equal(t, map[string][]byte{"encoding": []byte("binary/encrypted"), "encryption-key-id": []byte("k1")}, p.GetMetadata())
		}
		decoded, err := c.Decode(encoded)
		require.NoError(t, err)
		same(t, want, decoded)

		// Encrypted twice is decrypted by decrypting twice.
		twice, err := c.Encode(encoded)
		require.NoError(t, err)
		once, err := c.Decode(twice)
		require.NoError(t, err)
		same(t, encoded, once)
	})
}

func TestEqualPayloadsDiffer(t *testing.T) {
	c := codec.New(keys(t, line("k1", 1)))
	p := &commonpb.Payload{Data: []byte("the same")}
	encoded, err := c.Encode([]*commonpb.Payload{p, p})
	require.NoError(t, err)
	require.NotEqual(t, encoded[0].GetData(), encoded[1].GetData())
}

// TestChanged changes an encrypted payload anywhere: nothing of it is believed.
func TestChanged(t *testing.T) {
	k := keys(t, line("k1", 1)+line("k2", 2))
	c := codec.New(k)
	rapid.Check(t, func(t *rapid.T) {
		encoded, err := c.Encode([]*commonpb.Payload{payloads.Draw(t, "payload")})
		require.NoError(t, err)
		p := encoded[0]
		switch rapid.IntRange(0, 3).Draw(t, "how") {
		case 0:
			bit := rapid.IntRange(0, len(p.Data)*8-1).Draw(t, "bit")
			p.Data[bit/8] ^= 1 << (bit % 8)
		case 1:
			p.Data = p.Data[:rapid.IntRange(0, len(p.Data)-1).Draw(t, "length")]
		case 2:
			p.Data = append(p.Data, rapid.Byte().Draw(t, "more"))
		case 3:
			p.Metadata[codec.MetadataKeyID] = []byte("k2")
		}
		_, err = c.Decode(encoded)
		var damaged *codec.DamagedError
		require.ErrorAs(t, err, &damaged)
		require.Equal(t, string(p.Metadata[codec.MetadataKeyID]), damaged.KeyID)
	})
}

// TestKeyIDIsAuthenticated gives one key two names: a payload under the one does
// not open under the other.
func TestKeyIDIsAuthenticated(t *testing.T) {
	encoded, err := codec.New(keys(t, line("old", 1))).Encode([]*commonpb.Payload{{Data: []byte("x")}})
	require.NoError(t, err)
	encoded[0].Metadata[codec.MetadataKeyID] = []byte("young")
	_, err = codec.New(keys(t, line("young", 1))).Decode(encoded)
	var damaged *codec.DamagedError
	require.ErrorAs(t, err, &damaged)
	require.Contains(t, err.Error(), `"young"`)
}

// TestRotation takes a key's place in the order that the documentation gives.
func TestRotation(t *testing.T) {
	only := codec.New(keys(t, line("2025", 1)))
	both := codec.New(keys(t, line("2025", 1)+line("2026", 2)))
	swapped := codec.New(keys(t, line("2026", 2)+line("2025", 1)))
	after := codec.New(keys(t, line("2026", 2)))
	writes := func(c *codec.Codec) []*commonpb.Payload {
		encoded, err := c.Encode([]*commonpb.Payload{{Data: []byte("x")}})
		require.NoError(t, err)
		return encoded
	}
	// Each step reads what the one before and the one after it write.
	for _, pair := range [][2]*codec.Codec{{only, both}, {both, only}, {both, swapped}, {swapped, both}, {swapped, only}, {swapped, after}, {after, swapped}} {
		_, err := pair[0].Decode(writes(pair[1]))
		require.NoError(t, err)
	}
	_, err := after.Decode(writes(only))
	var unknown *codec.UnknownKeyError
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, &codec.UnknownKeyError{KeyID: "2025", Known: []string{"2026"}}, unknown)
	require.EqualError(t, err, `a payload is encrypted with the key "2025", which is not among the payload keys: 2026`)
}

func TestNotEncrypted(t *testing.T) {
	k := keys(t, line("k1", 1))
	plain := []*commonpb.Payload{
		{Metadata: map[string][]byte{converter.MetadataEncoding: []byte("json/plain")}, Data: []byte(`"x"`)},
		{},
	}
	got, err := codec.New(k).Decode(plain)
	require.NoError(t, err)
	same(t, plain, got)
	_, err = codec.Strict(k).Decode(plain)
	var refused *codec.PlainError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "json/plain", refused.Encoding)

	var damaged *codec.DamagedError
	_, err = codec.New(k).Decode([]*commonpb.Payload{{Metadata: map[string][]byte{converter.MetadataEncoding: []byte(codec.Encoding)}}})
	require.ErrorAs(t, err, &damaged)
	require.Contains(t, err.Error(), "names no key")
}

// fixed was made by another implementation of AES-GCM (Python's cryptography),
// with the nonce 0 to 11. It stands here so that the format cannot change
// unnoticed: histories are kept for long.
const fixed = "AAECAwQFBgcICQoLEpfjeHhnuiYT24v78FIGiY5Smf50Ax5fBMlB0uu7AWr8nIX0Zt+hdoSXE5xurXivzQ=="

func TestFormat(t *testing.T) {
	data, err := base64.StdEncoding.DecodeString(fixed)
	require.NoError(t, err)
	got, err := codec.New(keys(t, line("k1", 7))).Decode([]*commonpb.Payload{{
		Metadata: map[string][]byte{"encoding": []byte("binary/encrypted"), "encryption-key-id": []byte("k1")}, Data: data,
	}})
	require.NoError(t, err)
	same(t, []*commonpb.Payload{{Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(`"hello"`)}}, got)
}

func FuzzDecode(f *testing.F) {
	c := codec.New(keys(f, line("k1", 1)))
	encoded, err := c.Encode([]*commonpb.Payload{{Data: []byte("x")}})
	require.NoError(f, err)
	f.Add("binary/encrypted", "k1", encoded[0].GetData())
	f.Add("binary/encrypted", "k2", []byte{})
	f.Add("json/plain", "", []byte(`"x"`))
	f.Fuzz(func(t *testing.T, encoding, id string, data []byte) {
		p := &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte(encoding), "encryption-key-id": []byte(id)}, Data: data}
		got, err := c.Decode([]*commonpb.Payload{p})
		if (err == nil) != (len(got) == 1) {
			t.Fatalf("a payload or an error: %d, %v", len(got), err)
		}
		if err != nil && len(err.Error()) > 1000 {
			t.Fatal("an error as long as the payload likes")
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	c := codec.New(keys(b, line("k1", 1)))
	for name, size := range map[string]int{"1KiB": 1 << 10, "1MiB": 1 << 20} {
		b.Run(name, func(b *testing.B) {
			p := []*commonpb.Payload{{Data: make([]byte, size)}}
			b.SetBytes(int64(size))
			for b.Loop() {
				encoded, _ := c.Encode(p)
				if _, err := c.Decode(encoded); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
