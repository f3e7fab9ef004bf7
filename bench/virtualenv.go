package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// virtualenv installs pinned Python packages below the user's cache, unless they
// are there, and returns the folder of their programs. PYTHON names another
// Python than python3.
func virtualenv(ctx context.Context, requirements string) (string, error) {
	python := os.Getenv("PYTHON")
	if python == "" {
		python = "python3"
	}
	version, err := output(ctx, python, "-VV")
	if err != nil {
		return "", err
	}
	pinned, err := os.ReadFile(requirements) //nolint:gosec // our own
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "aiolos", "bench", fmt.Sprintf("%x", sha256.Sum256(append(version, pinned...)))[:16])
	bin := filepath.Join(folder, "bin")
	if _, err := os.Stat(folder + ".done"); err == nil { //nolint:gosec // below the user's cache
		return bin, nil
	}
	if _, err := output(ctx, python, "-m", "venv", "--clear", folder); err != nil {
		return "", err
	}
	if _, err := output(ctx, filepath.Join(bin, "pip"), "install", "--quiet", "--requirement", requirements); err != nil {
		return "", errors.Join(err, os.RemoveAll(folder)) //nolint:gosec // below the user's cache
	}
	return bin, os.WriteFile(folder+".done", nil, 0o600) //nolint:gosec // below the user's cache
}
