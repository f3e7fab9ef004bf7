package main

import (
	"context"
	"fmt"
	"log/slog"

	"aiolos/codec"
	"aiolos/codec/accesstoken"
	"aiolos/internal/config"
	"aiolos/internal/gateway"
	"aiolos/internal/secretref"
)

// serveCodec decrypts payloads for Temporal's UI and command line until ctx ends;
// nothing where it is not configured.
func serveCodec(ctx context.Context, c *config.CodecServer, keys *codec.Keys, secrets *secretref.Resolver, log *slog.Logger) (func() error, error) {
	if c == nil {
		return func() error { return nil }, nil
	}
	verify, err := verifier(ctx, c, secrets)
	if err != nil {
		return nil, err
	}
	// Histories may hold what was written before there was encryption.
	handler, err := codec.Handler(codec.New(keys), codec.HandlerOptions{Origins: c.Origins, Verify: verify, Encode: c.Encode, Log: log})
	if err != nil {
		return nil, fmt.Errorf("codec_server.origins: %w", err)
	}
	_, wait, err := gateway.Serve(ctx, []string{c.Listen}, handler)
	if err != nil {
		return nil, fmt.Errorf("codec_server.listen: %w", err)
	}
	log.Info("The codec server is ready", "listen", c.Listen, "keys", keys)
	return wait, nil
}

// verifier says who may have payloads decrypted; nil for everybody on this machine.
func verifier(ctx context.Context, c *config.CodecServer, secrets *secretref.Resolver) (func(context.Context, string) error, error) {
	switch a := c.AccessTokens; {
	case a != nil:
		return accesstoken.New(ctx, accesstoken.Options{Issuer: a.Issuer, Audience: a.Audience, Claim: a.Claim, Value: a.Value})
	case c.Token != "":
		const field = "codec_server.token"
		token, err := secrets.Resolve(ctx, field, c.Token)
		if err != nil {
			return nil, err
		}
		verify, err := codec.Token(string(token.Bytes()))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", field, err)
		}
		return verify, nil
	}
	return nil, nil
}
