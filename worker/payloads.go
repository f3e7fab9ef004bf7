package main

import (
	"context"
	"errors"

	"aiolos/codec"
	"aiolos/internal/config"
	"aiolos/internal/secretref"
)

// payloads are the payload keys of a worker, and what it does with them.
type payloads struct {
	codec.Converters
	// keys is nil where nothing is encrypted.
	keys *codec.Keys
}

// openPayloads finds the payload keys that the configuration refers to. Without
// any, a payload that is encrypted stops a workflow until a worker has its key.
func openPayloads(ctx context.Context, c *config.Payloads, secrets *secretref.Resolver) (payloads, error) {
	if c == nil {
		return payloads{Converters: codec.Plain()}, nil
	}
	const field = "payloads.keys"
	text, err := secrets.Resolve(ctx, field, c.Keys)
	if err != nil {
		return payloads{}, err
	}
	keys, err := codec.ParseKeys(text.Bytes())
	if err != nil {
		var wrong *codec.KeysError
		if errors.As(err, &wrong) {
			wrong.Path = field
		}
		return payloads{}, err
	}
	if c.Required {
		return payloads{Converters: codec.Converting(codec.Strict(keys)), keys: keys}, nil
	}
	return payloads{Converters: codec.Converting(codec.New(keys)), keys: keys}, nil
}
