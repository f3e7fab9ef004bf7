package operation

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/converter"

	"aiolos/codec"
)

// KeysVariable is the variable of the environment that says where payload keys
// are: "file:PATH", or "env:NAME" for another variable that holds them.
const KeysVariable = "AIOLOS_PAYLOAD_KEYS"

// codecTimeout bounds one question to a codec server.
const codecTimeout = 10 * time.Second

// KeysSourceError says that KeysVariable does not lead to keys. It never holds
// any of what was there, which may be a key.
type KeysSourceError struct {
	Problem string
	Cause   error
}

func (e *KeysSourceError) Error() string {
	text := KeysVariable + ": " + e.Problem
	if e.Cause != nil {
		text += e.Cause.Error()
	}
	return text + "; allowed is file:PATH of a keys file that only you can read, or env:NAME of a variable that holds its text"
}

// Unwrap gives what went wrong.
func (e *KeysSourceError) Unwrap() error { return e.Cause }

// Payloads returns how the environment wants payloads encrypted: with the keys
// that KeysVariable leads to; by a codec server, in Temporal's own way
// (TEMPORAL_CODEC_ENDPOINT and TEMPORAL_CODEC_AUTH, or a profile); or not at all.
func Payloads() (codec.Converters, error) {
	if source := os.Getenv(KeysVariable); source != "" {
		keys, err := readKeys(source)
		if err != nil {
			return codec.Converters{}, err
		}
		return codec.Converting(explaining{codec.New(keys)}), nil
	}
	profile, err := envconfig.LoadClientConfigProfile(envconfig.LoadClientConfigProfileOptions{})
	if err != nil {
		return codec.Converters{}, err
	}
	if profile.Codec == nil || profile.Codec.Endpoint == "" {
		return codec.ConvertingPlain(explaining{codec.Keyless()}), nil
	}
	return codec.Converting(remote(profile)), nil
}

func readKeys(source string) (*codec.Keys, error) {
	scheme, name, _ := strings.Cut(source, ":")
	var keys *codec.Keys
	var err error
	switch {
	case scheme == "file" && name != "":
		keys, err = codec.ReadKeys(name)
	case scheme == "env" && name != "":
		keys, err = codec.ParseKeys([]byte(os.Getenv(name)))
	default:
		return nil, &KeysSourceError{Problem: "it is no reference"}
	}
	if err != nil {
		return nil, &KeysSourceError{Cause: err}
	}
	return keys, nil
}

// remote asks a codec server, as Temporal's own command line does.
func remote(profile envconfig.ClientConfigProfile) converter.PayloadCodec {
	namespace := profile.Namespace
	if namespace == "" {
		namespace = "default"
	}
	endpoint := strings.TrimSuffix(strings.ReplaceAll(profile.Codec.Endpoint, "{namespace}", namespace), "/")
	return &server{endpoint: endpoint, asked: converter.NewRemotePayloadCodec(converter.RemotePayloadCodecOptions{
		Endpoint: endpoint, Client: http.Client{Timeout: codecTimeout},
		ModifyRequest: func(r *http.Request) error {
			r.Header.Set("X-Namespace", namespace)
			if profile.Codec.Auth != "" {
				r.Header.Set("Authorization", profile.Codec.Auth)
			}
			return nil
		},
	})}
}

// CodecServerError says what a codec server answered, or that it did not.
type CodecServerError struct {
	Endpoint string
	Cause    error
}

func (e *CodecServerError) Error() string {
	return fmt.Sprintf("the codec server at %s: %s", e.Endpoint, strings.TrimSpace(e.Cause.Error()))
}

// Unwrap gives the client's own error.
func (e *CodecServerError) Unwrap() error { return e.Cause }

// server is a codec server whose errors say who it is.
type server struct {
	endpoint string
	asked    converter.PayloadCodec
}

func (s *server) Encode(p []*commonpb.Payload) ([]*commonpb.Payload, error) {
	return s.named(s.asked.Encode(p))
}

func (s *server) Decode(p []*commonpb.Payload) ([]*commonpb.Payload, error) {
	return s.named(s.asked.Decode(p))
}

func (s *server) named(p []*commonpb.Payload, err error) ([]*commonpb.Payload, error) {
	if err != nil {
		return nil, &CodecServerError{s.endpoint, err}
	}
	return p, nil
}

// explaining says what a person without the key can do.
type explaining struct{ converter.PayloadCodec }

func (e explaining) Decode(p []*commonpb.Payload) ([]*commonpb.Payload, error) {
	plain, err := e.PayloadCodec.Decode(p)
	var unknown *codec.UnknownKeyError
	if errors.As(err, &unknown) {
		return nil, fmt.Errorf("%w; say with %s=file:PATH where it is, or with TEMPORAL_CODEC_ENDPOINT=URL which codec server has it", err, KeysVariable)
	}
	return plain, err
}

// unreadable says that an error is about how payloads are encrypted, and so
// neither the worker's nor the deployment's.
func unreadable(err error) bool {
	var unknown *codec.UnknownKeyError
	var away *CodecServerError
	return errors.As(err, &unknown) || errors.As(err, &away)
}

// payloadsOf is how what t reads and writes is encrypted.
func payloadsOf(t Temporal) codec.Converters {
	if d, ok := t.(interface{ Payloads() codec.Converters }); ok {
		return d.Payloads()
	}
	return codec.Plain()
}

// decrypted decrypts a history, as far as it is encrypted.
func decrypted(ctx context.Context, h *historypb.History, c codec.Converters) error {
	return proxy.VisitPayloads(ctx, h, proxy.VisitPayloadsOptions{
		SkipSearchAttributes: true,
		Visitor: func(_ *proxy.VisitPayloadsContext, p []*commonpb.Payload) ([]*commonpb.Payload, error) {
			return c.Codec.Decode(p)
		},
	})
}
