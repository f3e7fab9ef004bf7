package main

import (
	"aiolos/deploy"
	"aiolos/internal/seal"
)

// sealer opens what was sealed for a deployment, and seals for it.
type sealer struct{ key *seal.Key }

func (s sealer) Open(deployment, sealed string) ([]byte, error) {
	return s.key.Open(deployment, sealed)
}

func (s sealer) Seal(deployment string, plain []byte) (string, error) {
	return s.key.Public().Seal(deployment, plain)
}

func (s sealer) Key() deploy.SealingKey {
	public := s.key.Public()
	return deploy.SealingKey{KeyID: public.ID(), PublicKey: public.String()}
}
