package userdata

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/pem"

	"golang.org/x/crypto/ssh"
)

// privateKey encodes a key in OpenSSH's own format, unencrypted (PROTOCOL.key in
// OpenSSH's sources). It does so here because ssh.MarshalPrivateKey puts a
// random number into each rendering, and the user data of a repeated launch
// would then differ from the first. The number only tells whether a
// passphrase was right, so that it may as well follow from the key.
func privateKey(key ed25519.PrivateKey) (string, error) {
	public := key.Public().(ed25519.PublicKey)
	sshPublic, err := ssh.NewPublicKey(public)
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256(public)
	check := binary.BigEndian.Uint32(digest[:4])
	inner := ssh.Marshal(struct {
		Check1, Check2  uint32
		Type            string
		Public, Private []byte
		Comment         string
	}{check, check, ssh.KeyAlgoED25519, public, key, ""})
	// Padded to the block size of the cipher "none", 8 bytes, with 1, 2, 3, …
	for pad := byte(1); len(inner)%8 != 0; pad++ {
		inner = append(inner, pad)
	}
	outer := ssh.Marshal(struct {
		Cipher, KDF, KDFOptions string
		Keys                    uint32
		Public, Private         []byte
	}{"none", "none", "", 1, sshPublic.Marshal(), inner})
	block := &pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: append([]byte("openssh-key-v1\x00"), outer...)}
	return string(pem.EncodeToMemory(block)), nil
}
