package main

import (
	"encoding/json"
	"os"
	"time"
)

// deed is what is done to a pool.
type deed string

const (
	fresh deed = "fresh" // from nodes whose sshd has answered to a verified volume
	again deed = "again" // the same once more, with nothing to do
	grow  deed = "grow"  // more nodes and bricks
)

// sample is one figure of one round.
type sample struct {
	Tool  string `json:"tool"`
	Deed  deed   `json:"deed"`
	Nodes int    `json:"nodes"`
	Round int    `json:"round"`
	// Wall is from the start of the tool's command to its end.
	Wall time.Duration `json:"wall_ns"`
	// Parts are what ran on this machine for it, the nodes not among it.
	Parts []part `json:"parts"`
}

// part is one of the programs of a tool, with all that it starts.
type part struct {
	Name string `json:"name"`
	// CPU is user and system time.
	CPU time.Duration `json:"cpu_ns"`
	// Memory is its largest proportional set size that was seen, in bytes: what
	// processes share counts once.
	Memory int64 `json:"memory_bytes"`
}

// cpu is that of all parts.
func (s sample) cpu() time.Duration {
	var sum time.Duration
	for _, p := range s.Parts {
		sum += p.CPU
	}
	return sum
}

// memory is that of all parts, which may have had their peaks one after another.
func (s sample) memory() int64 {
	var sum int64
	for _, p := range s.Parts {
		sum += p.Memory
	}
	return sum
}

func writeSamples(path string, samples []sample) error {
	text, err := json.MarshalIndent(samples, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600) //nolint:gosec // where the user wants it
}
