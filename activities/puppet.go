package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"aiolos/deploy"
	"aiolos/deploy/puppet"
	"aiolos/internal/job"
	runpuppet "aiolos/internal/puppet"
)

// PuppetConfig configures the action "puppet".
type PuppetConfig struct {
	// Module names a built-in Puppet module, whose class of the same name is applied.
	Module string `json:"module,omitempty"`
	// Git is the URL of a repository that holds the manifest, in place of Module.
	Git string `json:"git,omitempty"`
	// Ref is the tag, branch or commit of the repository.
	Ref string `json:"ref,omitempty"`
	// Commit is what Ref stood for when the plan was made. The plan sets it.
	Commit string `json:"commit,omitempty"`
	// Manifest is the file of the repository that is applied, "main.pp" unless given.
	Manifest string `json:"manifest,omitempty"`
	// Facts reach Puppet as facts of the node.
	Facts map[string]string `json:"facts,omitempty"`
	// Signal is what the node itself signals to the worker once Puppet is done.
	Signal string `json:"signal,omitempty"`
}

// puppetAction applies Puppet code on the node, as a job.
func puppetAction() Action {
	a := Action{Title: "Puppet", Nature: NatureLong, Pin: pinPuppet}
	a.Name = "puppet"
	a.Doc = "Applies a Puppet module, or a manifest from a git repository, on the node."
	a.Check = check(checkPuppet)
	return checkable(action(a, (*Deeds).applyPuppet), (*Deeds).lookPuppet)
}

func checkPuppet(c PuppetConfig) []deploy.Problem {
	var problems []deploy.Problem
	switch {
	case c.Module == "" && c.Git == "":
		problems = append(problems, deploy.Problem{Field: "module", Allowed: "a built-in module (" + strings.Join(puppet.Modules(), ", ") + "), or git with ref"})
	case c.Module != "" && c.Git != "":
		problems = append(problems, deploy.Problem{Field: "git", Value: c.Git, Allowed: "either module or git, not both"})
	case c.Module != "":
		if _, ok := puppet.Module(c.Module); !ok {
			problems = append(problems, deploy.Problem{Field: "module", Value: c.Module, Allowed: "a built-in module: " + strings.Join(puppet.Modules(), ", ")})
		}
		if c.Manifest != "" {
			problems = append(problems, deploy.Problem{Field: "manifest", Value: c.Manifest, Allowed: "only beside git; a module's own class is applied"})
		}
		if c.Ref != "" {
			problems = append(problems, deploy.Problem{Field: "ref", Value: c.Ref, Allowed: "only beside git"})
		}
	case c.Ref == "":
		problems = append(problems, deploy.Problem{Field: "ref", Allowed: "a tag, branch or commit of " + c.Git})
	}
	return problems
}

// pinPuppet writes the commit that the ref stands for beside it.
func pinPuppet(ctx context.Context, d *Deeds, config map[string]json.RawMessage) error {
	var c PuppetConfig
	for field, to := range map[string]*string{"git": &c.Git, "ref": &c.Ref} {
		if value, ok := config[field]; ok {
			if err := json.Unmarshal(value, to); err != nil {
				return err
			}
		}
	}
	if c.Git == "" || c.Ref == "" {
		return nil
	}
	commit, err := d.Sources.Resolve(ctx, c.Git, c.Ref)
	if err != nil {
		return err
	}
	config["commit"], err = json.Marshal(commit)
	return err
}

func (d *Deeds) applyPuppet(ctx context.Context, in ActionInput[PuppetConfig]) (ActionResult, error) {
	run, err := d.puppetRun(ctx, in.Config)
	if err != nil {
		return ActionResult{}, err
	}
	script, env, archive, err := run.Job()
	if err != nil {
		return ActionResult{}, err
	}
	runner := d.Hosts.Runner(in.Deployment, in.Node)
	done, err := d.runJob(ctx, runner, job.Spec{
		ID: jobID(in.Deployment, in.Run, in.Step, in.Node.Name, in.Attempt), Tag: in.Step,
		Exclusive: turnOf(in.Deployment, in.Step, in.Node.Name),
		Script:    script, Env: env, Archive: archive,
	})
	if err != nil {
		return ActionResult{}, err
	}
	report, err := readReport(ctx, runner, done)
	if err != nil {
		return ActionResult{}, err
	}
	if done.Exit != 0 || (report != nil && report.Failed > 0) {
		tail := done.Tail
		if done.Full != nil {
			tail = append(bytes.TrimSuffix(tail, []byte("\n")), "\n"+done.Full.Error()...)
		}
		return ActionResult{}, runpuppet.Failure(report, done.Exit, tail)
	}
	return puppetResult(in.Node.Name, report), nil
}

// puppetRun is the run that a configuration asks for.
func (d *Deeds) puppetRun(ctx context.Context, c PuppetConfig) (runpuppet.Run, error) {
	run := runpuppet.Run{Module: c.Module, Manifest: c.Manifest, Facts: c.Facts, Signal: c.Signal}
	if c.Git == "" {
		return run, nil
	}
	if c.Commit == "" {
		return run, fmt.Errorf("git source %s was not pinned to a commit", c.Git)
	}
	tree, err := d.Sources.Archive(ctx, c.Git, c.Commit)
	if err != nil {
		return run, err
	}
	run.Archive = tree
	if run.Manifest == "" {
		run.Manifest = "main.pp"
	}
	return run, nil
}

func puppetResult(node string, report *runpuppet.Report) ActionResult {
	if report == nil {
		return ActionResult{Message: "Puppet left no report"}
	}
	result := ActionResult{Message: fmt.Sprintf("%d resources: %d changed, %d failed, %d skipped, in %.1f s",
		report.Resources, report.Changed, report.Failed, report.Skipped, report.Seconds)}
	if report.Changed > 0 {
		result.Changes = []string{fmt.Sprintf("Puppet changed %d resources on %s", report.Changed, node)}
	}
	return result
}
