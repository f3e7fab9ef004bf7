package main

import (
	"context"
	"errors"

	"aiolos/deploy"
	"aiolos/internal/config"
	"aiolos/internal/seal"
	"aiolos/internal/secretref"
	"aiolos/internal/trust"
)

// readSecrets finds the worker's secret where the configuration says that it is,
// and the older one while that is still known.
func readSecrets(ctx context.Context, cfg config.Config, refs *secretref.Resolver) (trust.Secrets, error) {
	first, err := readSecret(ctx, refs, "secret", cfg.SecretReference())
	if err != nil || cfg.OlderSecret == "" {
		return trust.One(first), err
	}
	older, err := readSecret(ctx, refs, "older_secret", cfg.OlderSecret)
	if err != nil {
		return trust.Secrets{}, err
	}
	return trust.Rotate(first, older)
}

func readSecret(ctx context.Context, refs *secretref.Resolver, field, reference string) (trust.Secret, error) {
	value, err := refs.Resolve(ctx, field, reference)
	if err != nil {
		return trust.Secret{}, err
	}
	secret, err := trust.Parse(value.Bytes())
	var wrong *trust.TextError
	if errors.As(err, &wrong) {
		return secret, &secretref.Error{Field: field, Reference: reference, Problem: wrong.Problem, Allowed: wrong.Allowed}
	}
	return secret, err
}

// sealer opens what was sealed for a deployment to any of its keys, and seals for
// it to the first.
type sealer struct{ keys []*seal.Key }

func newSealer(secrets trust.Secrets) (sealer, error) {
	var s sealer
	for _, secret := range secrets.SealingSecrets() {
		key, err := seal.New(secret)
		if err != nil {
			return s, err
		}
		s.keys = append(s.keys, key)
	}
	return s, nil
}

func (s sealer) Open(deployment, sealed string) (plain []byte, err error) {
	var first error
	for _, key := range s.keys {
		if plain, err = key.Open(deployment, sealed); err == nil {
			return plain, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

func (s sealer) Seal(deployment string, plain []byte) (string, error) {
	return s.keys[0].Public().Seal(deployment, plain)
}

func (s sealer) Key() deploy.SealingKey {
	public := s.keys[0].Public()
	return deploy.SealingKey{KeyID: public.ID(), PublicKey: public.String()}
}
