package activities

import (
	"archive/tar"
	"bytes"
	"context"
	_ "embed"
	"fmt"

	"aiolos/deploy"
	"aiolos/internal/job"
)

// RunConfig configures the action "run".
type RunConfig struct {
	// Script is run as root by /bin/sh, unless its first line names another interpreter.
	Script string `json:"script"`
	// Env is the script's environment beside the node's own.
	Env map[string]string `json:"env,omitempty"`
	// Unless is a command; when it succeeds, the script is not needed and does not run.
	Unless string `json:"unless,omitempty"`
	// Creates is an absolute path; when it exists, the script does not run.
	Creates string `json:"creates,omitempty"`
}

// runAction runs a script on the node, as a job. Lines "name=value" that the
// script writes to the file $AIOLOS_OUTPUT become facts of the node.
func runAction() Action {
	a := Action{Title: "Run", Nature: NatureLong}
	a.Name = "run"
	a.Doc = "Runs a script on the node; lines name=value written to $AIOLOS_OUTPUT become facts."
	a.Check = check(checkRun)
	return action(a, (*Deeds).runScript)
}

func checkRun(c RunConfig) []deploy.Problem {
	var problems []deploy.Problem
	if c.Script == "" {
		problems = append(problems, deploy.Problem{Field: "script", Allowed: "a script"})
	}
	if c.Creates != "" && c.Creates[0] != '/' {
		problems = append(problems, deploy.Problem{Field: "creates", Value: c.Creates, Allowed: "an absolute path"})
	}
	return problems
}

// guardScript runs the script beside it unless a guard says that it is not needed.
//
//go:embed guard.sh
var guardScript []byte

func (d *Deeds) runScript(ctx context.Context, in ActionInput[RunConfig]) (ActionResult, error) {
	files := map[string]string{"script": in.Config.Script}
	if in.Config.Unless != "" {
		files["unless"] = in.Config.Unless
	}
	if in.Config.Creates != "" {
		files["creates"] = in.Config.Creates
	}
	archive, err := tarOf(files, "creates", "script", "unless")
	if err != nil {
		return ActionResult{}, err
	}
	runner := d.Hosts.Runner(in.Deployment, in.Node)
	done, err := d.runJob(ctx, runner, job.Spec{
		ID: jobID(in.Deployment, in.Run, in.Step, in.Node.Name, in.Attempt), Tag: in.Step,
		Script: guardScript, Env: in.Config.Env, Archive: archive,
	})
	if err != nil {
		return ActionResult{}, err
	}
	if done.Exit == guardSkipped {
		return ActionResult{Message: "not needed"}, nil
	}
	if done.Exit != 0 {
		return ActionResult{}, &JobError{Exit: done.Exit, Tail: done.Tail}
	}
	return ActionResult{
		Message: fmt.Sprintf("ran in %.1f s", done.Seconds),
		Changes: []string{fmt.Sprintf("ran %s on %s", in.Step, in.Node.Name)},
		Facts:   done.Outputs,
	}, nil
}

// guardSkipped is the exit code by which guard.sh says that the script was not
// needed. It lies outside what shells and sysexits.h use; a script that ends
// with it is reported by guard.sh with another one.
const guardSkipped = 199

// JobError is a step's command that ended with an exit code other than 0.
type JobError struct {
	Exit int
	// Tail is the end of its output.
	Tail []byte
}

func (e *JobError) Error() string { return fmt.Sprintf("the script ended with exit code %d", e.Exit) }

// Kind tells that it is a command that failed.
func (e *JobError) Kind() deploy.Kind { return deploy.KindJob }

// Evidence shows the end of the script's output.
func (e *JobError) Evidence() []string { return job.LastLines(e.Tail) }

// tarOf packs files in the order of names, skipping those that are not there.
func tarOf(files map[string]string, names ...string) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range names {
		content, ok := files[name]
		if !ok {
			continue
		}
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o700, Size: int64(len(content))}); err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(content)); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}
