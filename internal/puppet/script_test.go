package puppet

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// runScript runs the job's script in a shell, with commands of ours in place of
// puppet and the others. Each of them is the body of a sh script.
func runScript(t *testing.T, run Run, commands map[string]string) (exit int, output string) {
	t.Helper()
	script, env, _, err := run.Job()
	require.NoError(t, err)
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	require.NoError(t, os.Mkdir(bin, 0o755))
	for name, body := range commands {
		require.NoError(t, os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755))
	}
	// The commands stand before those of the machine, and where mount_core would be.
	text := strings.Replace(string(script), "export PATH=", "export PATH="+bin+":", 1)
	text = strings.Replace(text, "for dir in ", "for dir in "+bin+"/.. ", 1)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "mount_core"), 0o755))
	file := filepath.Join(dir, "script")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o755))
	cmd := exec.Command(file)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "AIOLOS_JOB_DIR=" + dir}
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		var ended *exec.ExitError
		require.ErrorAs(t, err, &ended)
	}
	return cmd.ProcessState.ExitCode(), strings.ReplaceAll(string(out), dir, "DIR")
}

const sayAll = `for a in "$@"; do echo "[$a]"; done; echo "device $FACTER_data_device"; echo "dir ${FACTER_manifest_dir-}"; `

func TestScriptRunsPuppet(t *testing.T) {
	quiet := "exit 0"
	t.Run("module", func(t *testing.T) {
		exit, out := runScript(t, Run{Module: "glusterfs", Facts: map[string]string{"data_device": "it's $HOME"}, Signal: "glusterup"},
			map[string]string{"puppet": sayAll + "exit 2", "aiolos-signal": `echo "signal $*"`, "curl": quiet})
		require.Zero(t, exit, out)
		golden(t, "module.output", []byte(out))
	})
	t.Run("tree", func(t *testing.T) {
		exit, out := runScript(t, Run{Archive: tarOf(t, "main file.pp"), Manifest: "main file.pp", Noop: true, Signal: "glusterup"},
			map[string]string{"puppet": sayAll + "exit 0", "aiolos-signal": `echo "signal $*"`, "curl": quiet})
		require.Zero(t, exit, out)
		golden(t, "tree.output", []byte(out))
	})
}

func TestScriptPassesFailuresOn(t *testing.T) {
	run := Run{Module: "glusterfs", Signal: "glusterup"}
	for _, code := range []string{"1", "4", "6", "24"} {
		exit, out := runScript(t, run, map[string]string{"puppet": "exit " + code, "aiolos-signal": "echo signalled", "curl": "exit 0"})
		require.Equal(t, code, strconv.Itoa(exit))
		require.NotContains(t, out, "signalled")
	}
	exit, out := runScript(t, run, map[string]string{"puppet": "exit 0", "aiolos-signal": "echo no gateway; exit 7", "curl": "exit 0"})
	require.Equal(t, 7, exit)
	require.Contains(t, out, "no gateway\nPuppet is done, but the signal glusterup could not be sent")
}

func TestScriptInstallsPuppet(t *testing.T) {
	run := Run{Module: "glusterfs", Signal: "glusterup"}
	commands := map[string]string{"apt-get": `echo "apt-get $*"; case $* in *install*) printf '#!/bin/sh\nexit 0\n' >"$(dirname "$0")/puppet"; chmod 755 "$(dirname "$0")/puppet" ;; esac`,
		"aiolos-signal": "echo signalled"}
	if _, err := exec.LookPath("puppet"); err == nil {
		t.Skip("left out: this machine has Puppet")
	}
	exit, out := runScript(t, run, commands)
	require.Zero(t, exit, out)
	golden(t, "install.output", []byte(out))

	commands["apt-get"] = `case $* in *install*) echo "E: no such package" >&2; exit 100 ;; esac`
	exit, out = runScript(t, run, commands)
	require.Equal(t, 1, exit)
	require.Contains(t, out, "E: no such package\nPuppet could not be installed")
}

// TestScriptInstallsNothingToLook: what shall change nothing does not even install Puppet.
func TestScriptInstallsNothingToLook(t *testing.T) {
	if _, err := exec.LookPath("puppet"); err == nil {
		t.Skip("left out: this machine has Puppet itself")
	}
	exit, out := runScript(t, Run{Module: "glusterfs", Noop: true}, map[string]string{"apt-get": "echo apt-get", "dnf": "echo dnf"})
	require.Equal(t, NotInstalled, exit)
	require.Equal(t, "Puppet is not installed\n", out)
}
