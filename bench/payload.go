package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"

	"aiolos/internal/puppet"
)

// toolFolder makes a tool's folder, with what all tools bring to a node: the very
// files and the script that Aiolos runs there, as one puppet.tar.
func toolFolder(work, name string) (string, error) {
	folder := filepath.Join(work, name)
	if err := os.Mkdir(folder, 0o700); err != nil {
		return "", err
	}
	script, _, archive, err := puppet.Run{Module: "glusterfs", Facts: map[string]string{"data_device": "/dev/xvdj"}}.Job()
	if err != nil {
		return "", err
	}
	packed, err := with(archive, "run.sh", script)
	if err != nil {
		return "", err
	}
	return folder, os.WriteFile(tarOf(folder), packed, 0o600)
}

func tarOf(folder string) string { return filepath.Join(folder, "puppet.tar") }

// with returns the tar with one file more.
func with(archive []byte, name string, content []byte) ([]byte, error) {
	var b bytes.Buffer
	out, in := tar.NewWriter(&b), tar.NewReader(bytes.NewReader(archive))
	for {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := out.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := io.Copy(out, in); err != nil { //nolint:gosec // our own archive
			return nil, err
		}
	}
	if err := out.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))}); err != nil {
		return nil, err
	}
	if _, err := out.Write(content); err != nil {
		return nil, err
	}
	err := out.Close()
	return b.Bytes(), err
}
