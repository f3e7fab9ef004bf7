package deploy

// SealingKey is the key that sensitive values are sealed with before they are
// sent: only the worker that has its other half can open them.
type SealingKey struct {
	// KeyID names the key in what is sealed with it.
	KeyID string `json:"key_id"`
	// PublicKey is the key itself, as text. It is no secret.
	PublicKey string `json:"public_key"`
}
