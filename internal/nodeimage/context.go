package nodeimage

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
)

// buildContext returns the tar that a variant is built from. It is the same,
// byte for byte, whenever the files are the same.
func buildContext(v Variant) ([]byte, error) {
	files, err := v.files()
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	err = fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == "." {
			return err
		}
		if entry.IsDir() {
			return w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: path + "/", Mode: 0o755})
		}
		content, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: path, Size: int64(len(content)), Mode: mode(content)}); err != nil {
			return err
		}
		_, err = w.Write(content)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("pack the files of image %s: %w", v, err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack the files of image %s: %w", v, err)
	}
	return buf.Bytes(), nil
}

// mode is a file's mode in the image. Embedding keeps no modes, so a script is
// told by its first line.
func mode(content []byte) int64 {
	if bytes.HasPrefix(content, []byte("#!")) {
		return 0o755
	}
	return 0o644
}

// reference names the image that is built from a context.
func reference(v Variant, context []byte) string {
	sum := sha256.Sum256(context)
	return repository + ":" + string(v) + "-" + hex.EncodeToString(sum[:6])
}

// Reference is the name that a variant's image has once it is built.
func Reference(v Variant) (string, error) {
	context, err := buildContext(v)
	if err != nil {
		return "", err
	}
	return reference(v, context), nil
}
