package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
)

// profileFile is the environment variable that names a file for a profile of what
// the worker's processor time goes to, from when it is ready until it stops.
const profileFile = "AIOLOS_CPUPROFILE"

// profile begins one, if it is asked for; what it returns ends it.
func profile() (end func() error, err error) {
	path := os.Getenv(profileFile)
	if path == "" {
		return func() error { return nil }, nil
	}
	file, err := os.Create(path) //nolint:gosec // where the operator wants it
	if err != nil {
		return nil, fmt.Errorf("%s: %w", profileFile, err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", profileFile, err), file.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return file.Close()
	}, nil
}
