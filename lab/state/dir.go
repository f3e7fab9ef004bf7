// Package state is where a lab keeps what it needs to be found, stopped and
// started again: one directory, and a lock that tells whether the lab runs.
package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// Dir is the state directory of a lab. All in it is for its owner only.
type Dir string

// family is the directory that the state directories of all labs lie in.
const family = "aiolos"

// Default returns the state directory of the lab of that name:
// /var/lib/aiolos/NAME for root, otherwise below the user's state directory.
func Default(name string) (Dir, error) {
	if os.Geteuid() == 0 {
		return Dir(filepath.Join("/var/lib", family, name)), nil
	}
	// The XDG Base Directory Specification: a relative path is to be ignored.
	if base := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(base) {
		return Dir(filepath.Join(base, family, name)), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no place for the lab's state (name one with --state): %w", err)
	}
	return Dir(filepath.Join(home, ".local", "state", family, name)), nil
}

// What is in the directory.
const (
	lockFile   = "lock"
	pidFile    = "pid"
	recordFile = "lab.json"
	database   = "temporal.db"
	secret     = "secret"
	keys       = "payload-keys"
	config     = "worker.yaml"
	cache      = "cache"
	logs       = "logs"
	ssh        = "ssh"
	motoPID    = "moto.pid"
)

// mine are the entries that a lab makes and so may remove. The lock is the last
// to go: a lab that is removed by halves is still one.
var mine = []string{
	database, database + "-wal", database + "-shm", database + "-journal", database + ".new", database + ".new-journal",
	secret, secret + ".new", keys, keys + ".new", config, config + ".new", cache, logs, ssh, pidFile, motoPID, recordFile + ".new", recordFile, lockFile,
}

func (d Dir) path(parts ...string) string {
	return filepath.Join(append([]string{string(d)}, parts...)...)
}

// Database is the Temporal server's SQLite file.
func (d Dir) Database() string { return d.path(database) }

// Secret is the worker's secret.
func (d Dir) Secret() string { return d.path(secret) }

// PayloadKeys are the keys that payloads are encrypted with, where they are.
func (d Dir) PayloadKeys() string { return d.path(keys) }

// WorkerConfig is the worker's configuration.
func (d Dir) WorkerConfig() string { return d.path(config) }

// Cache is where the worker keeps git sources.
func (d Dir) Cache() string { return d.path(cache) }

// SSHKey is the worker's client key, for an operator who looks around in nodes.
func (d Dir) SSHKey() string { return d.path(ssh, "id_ed25519") }

// LabLog is what a detached lab prints.
func (d Dir) LabLog() string { return d.path(logs, "lab.log") }

// TemporalLog is the log of the Temporal server: its warnings and errors.
func (d Dir) TemporalLog() string { return d.path(logs, "temporal.log") }

// MotoPID is the file with the process ID of the simulated EC2, which outlives the lab.
func (d Dir) MotoPID() string { return d.path(motoPID) }

// MotoLog is what the simulated EC2 prints.
func (d Dir) MotoLog() string { return d.path(logs, "moto.log") }

// FleetLog is what the simulated fleet prints.
func (d Dir) FleetLog() string { return d.path(logs, "fleet.log") }

// WorkerLog is what the worker prints.
func (d Dir) WorkerLog() string { return d.path(logs, "worker.log") }

// Make makes the directory where it is missing. It refuses one that holds
// anything else than a lab: its permissions are not the lab's to change.
func (d Dir) Make() error {
	there, err := d.Exists()
	if err != nil {
		return fmt.Errorf("make the lab's state directory: %w", err)
	}
	entries, err := os.ReadDir(string(d))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("make the lab's state directory: %w", err)
	}
	for _, entry := range entries {
		if !there && !slices.Contains(mine, entry.Name()) {
			return fmt.Errorf("make the lab's state directory: %s holds something else already (%s); name an empty or a new one", d, entry.Name())
		}
	}
	for _, dir := range []string{string(d), d.path(logs), d.path(ssh)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make the lab's state directory: %w", err)
		}
		// It may have been there with other permissions.
		if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a directory needs the x bit
			return fmt.Errorf("make the lab's state directory: %w", err)
		}
	}
	return nil
}

// Exists says whether a lab keeps its state here.
func (d Dir) Exists() (bool, error) {
	_, err := os.Stat(d.path(lockFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// WritePID writes the process's ID, for people and scripts. Nothing here trusts it.
func (d Dir) WritePID() error {
	return os.WriteFile(d.path(pidFile), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600)
}

// Remove removes all that a lab makes here, and the directory if that was all
// there was. It says what foreign files are left. The caller holds the lock.
func (d Dir) Remove() (foreign []string, err error) {
	for _, name := range mine {
		if err := os.RemoveAll(d.path(name)); err != nil {
			return nil, fmt.Errorf("remove the lab's state: %w", err)
		}
	}
	left, err := os.ReadDir(string(d))
	if err != nil {
		return nil, fmt.Errorf("remove the lab's state: %w", err)
	}
	for _, entry := range left {
		foreign = append(foreign, d.path(entry.Name()))
	}
	if len(foreign) > 0 {
		return foreign, nil
	}
	if err := os.Remove(string(d)); err != nil {
		return nil, fmt.Errorf("remove the lab's state: %w", err)
	}
	if parent := filepath.Dir(string(d)); filepath.Base(parent) == family {
		// Goes only with the last of the labs; else it is not empty, and stays.
		_ = os.Remove(parent)
	}
	return nil, nil
}
