package activities

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"aiolos/deploy"
	"aiolos/internal/job"
)

// RunConfig configures the action "run".
type RunConfig struct {
	// Script is run as root by /bin/sh, unless its first line names another
	// interpreter. Its working directory is that of the files.
	Script string `json:"script"`
	// Env is the script's environment beside the node's own.
	Env map[string]string `json:"env,omitempty"`
	// Files are put on the node before the script runs.
	Files []RunFile `json:"files,omitempty"`
	// Unless is a command; when it succeeds, nothing is needed: neither are the
	// files put there, nor does the script run.
	Unless string `json:"unless,omitempty"`
	// Creates is an absolute path; when it exists, nothing is needed.
	Creates string `json:"creates,omitempty"`
	// Outputs declares names that the script writes to $AIOLOS_OUTPUT. It may
	// write others; what is declared shows who waits for whom.
	Outputs []string `json:"outputs,omitempty"`
	// Sensitive names outputs that nobody may see: they are sealed before they
	// leave the worker, and can be handed on, but not looked at.
	Sensitive []string `json:"sensitive,omitempty"`
}

// runAction runs a script on the node, as a job. Lines "name=value" that the
// script writes to the file $AIOLOS_OUTPUT become facts of the node.
func runAction() Action {
	a := Action{Title: "Run", Nature: NatureLong, Pin: pinRun, Secret: func(config json.RawMessage) bool {
		var c RunConfig
		return json.Unmarshal(config, &c) == nil && len(c.Sensitive) > 0
	}}
	a.Name = "run"
	a.Doc = "Runs a script on the node; lines name=value written to $AIOLOS_OUTPUT become facts."
	a.Check = check(checkRun)
	a.Produces = func(config map[string]any) []string {
		return append(texts(config["outputs"]), texts(config["sensitive"])...)
	}
	a.Files = localFiles
	return checkable(action(a, (*Deeds).runScript), (*Deeds).lookRun)
}

// texts are the strings of a list as the blueprint has it.
func texts(list any) []string {
	items, _ := list.([]any)
	var all []string
	for _, item := range items {
		if text, ok := item.(string); ok && text != "" {
			all = append(all, text)
		}
	}
	return all
}

// A fact of a name that is no identifier could not be referred to.
var outputName = regexp.MustCompile(`\A[A-Za-z_][A-Za-z0-9_]{0,99}\z`)

// reservedEnv are the variables that a job sets itself.
var reservedEnv = []string{"AIOLOS_JOB_DIR", "AIOLOS_OUTPUT"}

// environmentName is what a shell can read as a variable (POSIX, "Name").
var environmentName = regexp.MustCompile(`\A[A-Za-z_][A-Za-z0-9_]*\z`)

func checkRun(c RunConfig) []deploy.Problem {
	var problems []deploy.Problem
	if c.Script == "" {
		problems = append(problems, deploy.Problem{Field: "script", Allowed: "a script"})
	}
	if c.Creates != "" && c.Creates[0] != '/' {
		problems = append(problems, deploy.Problem{Field: "creates", Value: c.Creates, Allowed: "an absolute path"})
	}
	for _, name := range sortedNames(c.Env) {
		if !environmentName.MatchString(name) || slices.Contains(reservedEnv, name) {
			problems = append(problems, deploy.Problem{
				Field: "env." + name, Value: name, Allowed: "letters, digits and underscores, no digit first; not " + strings.Join(reservedEnv, " or "),
			})
		}
	}
	problems = append(problems, checkOutputs("outputs", c.Outputs)...)
	problems = append(problems, checkOutputs("sensitive", c.Sensitive)...)
	return append(problems, checkFiles(c.Files)...)
}

func checkOutputs(field string, names []string) []deploy.Problem {
	var problems []deploy.Problem
	for i, name := range names {
		if !outputName.MatchString(name) || name == changedOutput {
			problems = append(problems, deploy.Problem{
				Field: fmt.Sprintf("%s[%d]", field, i), Value: name, Allowed: "letters, digits and underscores, no digit first; not " + changedOutput,
			})
		}
	}
	return problems
}

// guardScript runs the script beside it unless a guard says that it is not needed.
//
//go:embed guard.sh
var guardScript []byte

func (d *Deeds) runScript(ctx context.Context, in ActionInput[RunConfig]) (ActionResult, error) {
	archive, err := d.pack(ctx, in)
	if err != nil {
		return ActionResult{}, err
	}
	runner := d.Hosts.Runner(in.Deployment, in.Node)
	done, err := d.runJob(ctx, runner, job.Spec{
		ID: jobID(in.Deployment, in.Run, in.Step, in.Node.Name, in.Attempt), Tag: in.Step,
		Exclusive: turnOf(in.Deployment, in.Step, in.Node.Name),
		Script:    guardScript, Env: in.Config.Env, Archive: archive,
	})
	if err != nil {
		return ActionResult{}, err
	}
	if done.Exit == guardSkipped {
		return ActionResult{Message: "not needed"}, nil
	}
	if done.Exit != 0 {
		return ActionResult{}, &JobError{Exit: done.Exit, Output: evidence(done)}
	}
	result := ActionResult{
		Message: fmt.Sprintf("ran in %.1f s", done.Seconds),
		Changes: []string{fmt.Sprintf("ran %s on %s", in.Step, in.Node.Name)},
		Facts:   map[string]any{},
	}
	if unchanged(done.Outputs) {
		result.Changes = nil
	}
	for _, name := range sortedNames(done.Outputs) {
		if name == changedOutput {
			continue
		}
		result.Facts[name] = done.Outputs[name]
		if slices.Contains(in.Config.Sensitive, name) {
			if result.Facts[name], err = d.seal(in.Deployment, done.Outputs[name]); err != nil {
				return ActionResult{}, err
			}
		}
	}
	return result, nil
}

// evidence is what a job that failed said, and what it could not know: that the
// node's disk was full.
func evidence(done job.Result) []string {
	lines := job.Excerpt(done)
	if done.Full != nil {
		lines = append(lines, done.Full.Error())
	}
	return lines
}

// changedOutput is an output that is no fact: a script that looks before it
// changes writes changed=false when it found everything as it should be, so
// that the outcome does not tell of a change that was none.
const changedOutput = "changed"

func unchanged(outputs map[string]string) bool { return outputs[changedOutput] == "false" }

// guardSkipped is the exit code by which guard.sh says that the script was not
// needed. It lies outside what shells and sysexits.h use; a script that ends
// with it is reported by guard.sh with another one.
const guardSkipped = 199

// JobError is a step's command that ended with an exit code other than 0.
type JobError struct {
	Exit int
	// Output is the beginning and the end of its output, in lines.
	Output []string
}

func (e *JobError) Error() string { return fmt.Sprintf("the script ended with exit code %d", e.Exit) }

// Kind tells that it is a command that failed.
func (e *JobError) Kind() deploy.Kind { return deploy.KindJob }

// Evidence shows what the script said.
func (e *JobError) Evidence() []string { return e.Output }
