package fleet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"aiolos/internal/userdata"
)

// told is what a machine reads of its user data when it boots first.
type told struct {
	host ssh.Signer
	// lets are who may log in, as wire-format public keys.
	lets map[string]bool
	// signal is the node's configuration for signals.
	signal map[string]string
}

// read reads user data, a cloud-config document as package userdata renders it.
func read(data []byte) (told, error) {
	var document struct {
		SSHKeys struct {
			Private string `json:"ed25519_private"`
		} `json:"ssh_keys"`
		AuthorizedKeys []string `json:"ssh_authorized_keys"`
		WriteFiles     []struct {
			Path    string `json:"path"`
			Content string `json:"content"`
		} `json:"write_files"`
	}
	text, found := bytes.CutPrefix(data, []byte("#cloud-config\n"))
	if !found {
		return told{}, errors.New("its user data is no cloud-config document")
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return told{}, fmt.Errorf("its user data: %w", err)
	}
	t := told{lets: map[string]bool{}, signal: map[string]string{}}
	var err error
	if t.host, err = ssh.ParsePrivateKey([]byte(document.SSHKeys.Private)); err != nil {
		// The error of a key says nothing of the key.
		return told{}, fmt.Errorf("its user data: the host key: %w", err)
	}
	for _, line := range document.AuthorizedKeys {
		key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
		if err != nil {
			return told{}, fmt.Errorf("its user data: an authorized key: %w", err)
		}
		t.lets[string(key.Marshal())] = true
	}
	for _, file := range document.WriteFiles {
		if file.Path != userdata.ConfPath {
			continue
		}
		for line := range strings.Lines(file.Content) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			t.signal[key] = value
		}
	}
	return t, nil
}
