package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Record is what a lab tells about itself in the file lab.json.
type Record struct {
	Name string `json:"name"`
	PID  int    `json:"pid"`
	// Ready is false while the lab is being started and after it was stopped.
	// After a kill it stays true, so ask the lock as well.
	Ready bool `json:"ready"`
	// Temporal is the gRPC address, "host:port"; the others are URLs.
	Temporal string `json:"temporal"`
	HTTP     string `json:"http"`
	UI       string `json:"ui"`
	Health   string `json:"health"`
	Gateway  string `json:"gateway,omitempty"`
	// Provider is where nodes come from: "docker", "ec2" or "simulation".
	Provider string `json:"provider"`
	// EC2 is the API of the simulated EC2, in a lab that has one.
	EC2 string `json:"ec2,omitempty"`
	// Codec is the codec server's URL, and PayloadKeys the keys file, where payloads
	// are encrypted.
	Codec       string `json:"codec,omitempty"`
	PayloadKeys string `json:"payload_keys,omitempty"`
	// Image, Network and Variant say what nodes are made of.
	Variant string `json:"variant"`
	Image   string `json:"image,omitempty"`
	Network string `json:"network"`
	State   string `json:"state_dir"`
	Logs    string `json:"logs"`
}

// ReadRecord reads the lab's record; ok is false where there is none.
func (d Dir) ReadRecord() (r Record, ok bool, err error) {
	text, err := os.ReadFile(d.path(recordFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Record{}, false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		return Record{}, false, fmt.Errorf("read the lab's record: %w", err)
	}
	return r, true, nil
}

// WriteRecord writes the lab's record. A reader sees the old or the new one.
func (d Dir) WriteRecord(r Record) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write the lab's record: %w", err)
	}
	young := d.path(recordFile + ".new")
	if err := os.WriteFile(young, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the lab's record: %w", err)
	}
	if err := os.Rename(young, d.path(recordFile)); err != nil {
		return fmt.Errorf("write the lab's record: %w", err)
	}
	return nil
}
