// Package puppet turns a Puppet run into a job for a node, and reads the report
// that Puppet leaves there.
package puppet

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"aiolos/deploy"
	"aiolos/deploy/puppet"
)

// Run is one `puppet apply` on a node: of a built-in module's class, or of a
// manifest in a tree from elsewhere.
type Run struct {
	// Module names a built-in module, whose class of the same name is applied.
	Module string
	// Archive is a tar of a git tree, in place of Module. Its folder "modules" is
	// part of the module path, and the fact manifest_dir is where it is unpacked.
	Archive []byte
	// Manifest is the file of Archive that is applied, as a path in it.
	Manifest string
	// Facts reach Puppet as facts of the node. Names are [a-z][a-z0-9_]*.
	Facts map[string]string
	// Noop lets Puppet tell what it would change, and change nothing. No signal follows.
	Noop bool
	// Signal is what the node signals once Puppet is done without a failure;
	// empty means nothing.
	Signal string
}

// ReportFile is where the job leaves Puppet's report, in the job's directory. A
// run that ends before any resource was looked at leaves none.
const ReportFile = "report"

// ReportOutput is the job's output that holds the report, too, unless it is large.
const ReportOutput = "report"

// NotInstalled is the exit code of a run that shall change nothing on a node that
// has no Puppet. It lies outside those of Puppet and of package managers.
const NotInstalled = 199

//go:embed run.sh
var script []byte

var (
	factName   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,99}$`)
	signalName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,63}$`) // as the gateway takes them
)

// Job returns what has to run on the node, as root, with the archive unpacked in
// its working directory and AIOLOS_JOB_DIR naming a directory for the report. The
// script installs Puppet where it is missing. It ends with 0 if Puppet applied
// everything, changed or not; else with Puppet's own code, or that of the package
// manager or of aiolos-signal. The result depends on the run alone.
//
// An error is a *deploy.InvalidError.
func (r Run) Job() ([]byte, map[string]string, []byte, error) {
	if problems := r.check(); len(problems) > 0 {
		return nil, nil, nil, &deploy.InvalidError{Problems: problems}
	}
	env := make(map[string]string, len(r.Facts)+4)
	for name, value := range r.Facts {
		env["FACTER_"+name] = value
	}
	// Set even where empty: the job must not inherit them from anywhere.
	env["AIOLOS_PUPPET_MODULE"] = r.Module
	env["AIOLOS_PUPPET_MANIFEST"] = ""
	env["AIOLOS_PUPPET_NOOP"] = fmt.Sprint(r.Noop)
	env["AIOLOS_PUPPET_SIGNAL"] = ""
	if !r.Noop {
		env["AIOLOS_PUPPET_SIGNAL"] = r.Signal
	}
	if r.Module != "" {
		archive, err := moduleArchive(r.Module)
		return bytes.Clone(script), env, archive, err
	}
	env["AIOLOS_PUPPET_MANIFEST"] = path.Clean(r.Manifest)
	archive, err := treeArchive(r.Archive, path.Clean(r.Manifest))
	if err != nil {
		return nil, nil, nil, err
	}
	return bytes.Clone(script), env, archive, nil
}

func (r Run) check() []deploy.Problem {
	var problems []deploy.Problem
	bad := func(field, value, allowed string) {
		problems = append(problems, deploy.Problem{Field: field, Value: value, Allowed: allowed})
	}
	switch {
	case r.Module != "" && r.Archive != nil:
		bad("module", r.Module, "either a module or an archive, not both")
	case r.Module != "":
		if _, ok := puppet.Module(r.Module); !ok {
			bad("module", r.Module, "a built-in module: "+strings.Join(puppet.Modules(), ", "))
		}
	case r.Archive == nil:
		bad("module", "", "a built-in module, or a manifest in an archive")
	case !insideTree(r.Manifest):
		bad("manifest", r.Manifest, "a relative path of a file in the repository")
	}
	for _, name := range slices.Sorted(maps.Keys(r.Facts)) {
		if !factName.MatchString(name) {
			bad("facts", name, "names of lower-case letters, digits and _, beginning with a letter")
		}
		if strings.ContainsRune(r.Facts[name], 0) {
			bad("facts."+name, "", "a value without NUL bytes")
		}
	}
	if r.Signal != "" && !signalName.MatchString(r.Signal) {
		bad("signal", r.Signal, "at most 64 letters, digits, _ . and -, beginning with a letter")
	}
	return problems
}

// insideTree tells whether name is a path that stays inside a tree.
func insideTree(name string) bool {
	clean := path.Clean(name)
	return name != "" && !path.IsAbs(name) && clean != "." && clean != ".." && !strings.HasPrefix(clean, "../") &&
		!strings.ContainsAny(name, "\x00\n")
}
