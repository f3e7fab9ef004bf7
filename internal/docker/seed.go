package docker

import (
	"archive/tar"
	"bytes"
	"encoding/json"
)

// seedFolder is where cloud-init's NoCloud source looks for user data.
const seedFolder = "var/lib/cloud/seed/nocloud/"

// seed packs a node's user data as a tar that is unpacked at its root. It goes
// into the container as files, readable for root only: an environment variable
// or a label would show its secrets to whoever may look at containers.
func seed(instanceID, hostname string, userData []byte) ([]byte, error) {
	metaData, err := json.Marshal(map[string]string{"instance-id": instanceID, "local-hostname": hostname})
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	// The folder comes with its mode, in case the image does not have it.
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: seedFolder, Mode: 0o700}); err != nil {
		return nil, err
	}
	for _, file := range []struct {
		name    string
		content []byte
	}{{"user-data", userData}, {"meta-data", metaData}} {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: seedFolder + file.name, Mode: 0o600, Size: int64(len(file.content))}
		if err := w.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := w.Write(file.content); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}
