package docker

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// seedFolder is where cloud-init's NoCloud source looks for user data.
const seedFolder = "var/lib/cloud/seed/nocloud/"

// seed packs a node's user data as a tar that is unpacked at its root. It goes
// into the container as files, readable for root only: an environment variable
// or a label would show its secrets to whoever may look at containers.
// More files are readable for all.
func seed(instanceID, hostname string, userData []byte, more map[string]string) ([]byte, error) {
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
	put := func(name string, mode int64, content []byte) error {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(content))}); err != nil {
			return err
		}
		_, err := w.Write(content)
		return err
	}
	for _, err := range []error{put(seedFolder+"user-data", 0o600, userData), put(seedFolder+"meta-data", 0o600, metaData)} {
		if err != nil {
			return nil, err
		}
	}
	for _, path := range slices.Sorted(maps.Keys(more)) {
		if err := put(strings.TrimPrefix(path, "/"), 0o644, []byte(more[path])); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}
