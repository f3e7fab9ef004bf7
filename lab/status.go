package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"aiolos/lab/state"
)

// The states of a lab.
const (
	stateUp        = "up"
	stateStarting  = "starting"  // or stopping
	stateUnhealthy = "unhealthy" // it was up, but the worker is not ready now
	stateStopped   = "stopped"   // it does not run, but its state is there
	stateNone      = "none"
)

// status is what `aiolos-lab status --json` prints.
type status struct {
	Lab    string `json:"lab"`
	Status string `json:"status"`
	// PID is the lab's process; 0 where it does not run.
	PID int `json:"pid"`
	// Problem says why it is unhealthy.
	Problem string        `json:"problem,omitempty"`
	Record  *state.Record `json:"record,omitempty"`
}

func statusCommand() *cobra.Command {
	var w which
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say whether the lab is up and where it is; exit code 1 unless it is up",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := w.dir()
			if err != nil {
				return err
			}
			s, err := look(cmd.Context(), w.name, dir)
			if err != nil {
				return err
			}
			if err := s.print(cmd.OutOrStdout(), dir, asJSON); err != nil {
				return err
			}
			if s.Status != stateUp {
				return &toldError{code: exitFailed}
			}
			return nil
		},
	}
	w.register(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// look finds out how the lab is.
func look(ctx context.Context, name string, dir state.Dir) (status, error) {
	s := status{Lab: name, Status: stateNone}
	exists, err := dir.Exists()
	if err != nil || !exists {
		return s, err
	}
	if err := checkName(name, dir); err != nil {
		return s, err
	}
	record, ok, err := dir.ReadRecord()
	if err != nil {
		return s, err
	}
	if ok {
		s.Record = &record
	}
	if s.PID, err = dir.Holder(); err != nil {
		return s, err
	}
	// Whatever a killed lab wrote last, it is not ready.
	record.Ready = record.Ready && record.PID == s.PID
	switch {
	case s.PID == 0:
		s.Status = stateStopped
	case !record.Ready:
		s.Status = stateStarting
	default:
		s.Status = stateUp
		if err := healthy(ctx, record); err != nil {
			s.Status, s.Problem = stateUnhealthy, err.Error()
		}
	}
	return s, nil
}

func (s status) print(out io.Writer, dir state.Dir, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(s)
	}
	switch s.Status {
	case stateUp:
		fmt.Fprintf(out, "The lab %s is up (process %d).\n", s.Lab, s.PID)
	case stateUnhealthy:
		fmt.Fprintf(out, "The lab %s runs (process %d), but its worker is not ready: %s\n", s.Lab, s.PID, s.Problem)
	case stateStarting:
		fmt.Fprintf(out, "The lab %s is being started or stopped (process %d); its log is in %s.\n", s.Lab, s.PID, filepath.Dir(dir.LabLog()))
		return nil
	case stateStopped:
		fmt.Fprintf(out, "The lab %s does not run; its state is in %s. Go on with `aiolos-lab up`, or end it with `aiolos-lab down`.\n", s.Lab, dir)
		return nil
	default:
		fmt.Fprintf(out, "There is no lab %s.\n", s.Lab)
		return nil
	}
	addresses(out, *s.Record)
	return nil
}
