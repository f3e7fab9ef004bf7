package e2e

import (
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/lab/labtest"
)

// factsBlueprint has a step whose output another node's step refers to, without
// a need: it waits for the fact alone.
const factsBlueprint = `
name: facts
groups:
  web: {count: 2, profile: small-x86_64}
steps:
  ask:
    on: web[0]
    run:
      script: |
        test "$FROM" = "it's \"quoted\"; \$HOME" || exit 3
        echo asked
      env: {FROM: "${web[1].greeting}"}
  tell:
    on: web[1]
    run:
      script: |
        #!/bin/bash
        echo 'greeting=it'"'"'s "quoted"; $HOME' >> "$AIOLOS_OUTPUT"
  once:
    on: web
    run: {script: "touch /root/once", creates: /root/once}
outputs:
  greeting: "${web[1].greeting}"
`

const failingBlueprint = `
name: failing
groups:
  web: {count: 2, profile: small-x86_64}
steps:
  meet: # so that the next step begins on both at once
    on: web
    run: {script: "true"}
  break:
    on: web
    needs: [{step: meet, of: all}]
    run: {script: "echo the disk is on fire >&2; test $(hostname) != broken-web-1 || exit 7"}
  after:
    on: web
    needs: [{step: break, of: all}]
    run: {script: "touch /root/after"}
`

// TestBlueprints runs blueprints that are no built-in ones.
func TestBlueprints(t *testing.T) {
	labtest.NeedEngine(t)
	l := labtest.Start(t, "e2e", 17233)
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	t.Run("a step's outputs are facts that others wait for", func(t *testing.T) {
		path := file("facts.yaml", factsBlueprint)
		outcome := l.Deploy(t, "facts", path)
		require.Equal(t, `it's "quoted"; $HOME`, outcome.Outputs["greeting"])
		again := l.Deploy(t, "facts", path)
		for _, change := range again.Changes {
			require.NotContains(t, change, "once", "a guarded step ran again")
		}
	})
	t.Run("a failing step says what it said, and what needs it does not run", func(t *testing.T) {
		r := l.Aiolos(t, "deploy", "broken", file("failing.yaml", failingBlueprint), "--on-failure", "fail")
		require.Equal(t, 1, r.Code, "%s\n%s", r.Stdout, r.Stderr)
		require.Contains(t, r.Stderr, "break on web-1")
		require.Contains(t, r.Stderr, "exit code 7")
		require.Contains(t, r.Stderr, "the disk is on fire")
		status := l.Status(t, "broken")
		require.Equal(t, deploy.StateFailed, status.State)
		states := map[string]deploy.StepState{}
		for _, s := range status.Steps {
			states[s.Name+" "+s.Node] = s.State
		}
		require.Equal(t, deploy.StepDone, states["break web-0"])
		require.Equal(t, deploy.StepFailed, states["break web-1"])
		require.Equal(t, deploy.StepSkipped, states["after web-0"])
		for _, id := range l.Containers(t, "broken") {
			labtest.On(t, id, "test ! -e /root/after")
		}
	})
	t.Run("a step that takes too long is stopped", func(t *testing.T) {
		r := l.Aiolos(t, "deploy", "slow", "--on-failure", "fail", file("slow.yaml", `
name: slow
groups:
  web: {count: 1, profile: small-x86_64}
steps:
  dawdle:
    on: web
    timeout: 3s
    run: {script: "echo $$ >/root/pid; sleep 4242"}
`))
		require.Equal(t, 1, r.Code, "%s\n%s", r.Stdout, r.Stderr)
		require.Contains(t, r.Stderr, "dawdle on web-0: did not end within 3s")
		id := l.Containers(t, "slow")["web-0"]
		labtest.Eventually(t, "the job is gone", 30*time.Second, func() bool {
			return labtest.On(t, id, "kill -0 $(cat /root/pid) 2>/dev/null || pgrep -f 'sleep 424[2]' || echo gone") == "gone"
		})
	})
	t.Run("Puppet code from git at a tag", func(t *testing.T) {
		url := serveGit(t)
		path := file("fromgit.yaml", `
name: fromgit
parameters:
  tag: {type: string, default: v1}
groups:
  web: {count: 1, profile: small-x86_64}
steps:
  configure:
    on: web
    puppet: {git: "`+url+`", ref: "${params.tag}", manifest: site.pp, facts: {motto: "${node.hostname}"}}
`)
		outcome := l.Deploy(t, "fromgit", path)
		require.Len(t, outcome.Changes, 2, "%v", outcome.Changes)
		id := l.Containers(t, "fromgit")["web-0"]
		require.Equal(t, "first fromgit-web-0", labtest.On(t, id, "cat /etc/motto"))
		l.Deploy(t, "fromgit", path, "-p", "tag=v2")
		require.Equal(t, "second fromgit-web-0", labtest.On(t, id, "cat /etc/motto"))
		r := l.Aiolos(t, "deploy", "fromgit", path, "-p", "tag=v9", "--on-failure", "fail")
		require.Equal(t, 1, r.Code, "%s\n%s", r.Stdout, r.Stderr)
		require.Contains(t, r.Stderr, "v9")
		require.Equal(t, "second fromgit-web-0", labtest.On(t, id, "cat /etc/motto"))
		r = l.Aiolos(t, "deploy", "fromgit", path, "-p", "tag=broken", "--on-failure", "fail")
		require.Equal(t, 1, r.Code, "%s\n%s", r.Stdout, r.Stderr)
		require.Contains(t, r.Stderr, "configure on web-0")
		require.Contains(t, r.Stderr, "Exec[/bin/false]")
		require.Contains(t, r.Stderr, "returned 1 instead of one of [0]")
	})
}

// serveGit serves a repository with the tags v1, v2 and broken over HTTP.
func serveGit(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	work := filepath.Join(root, "site.git")
	git := func(args ...string) {
		cmd := exec.Command("git", append([]string{"-C", work, "-c", "user.name=test", "-c", "user.email=test@example.com"}, args...)...)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "git %v: %s", args, out)
	}
	require.NoError(t, os.Mkdir(work, 0o755))
	git("init", "-q")
	for _, v := range []struct{ tag, code string }{
		{"v1", `file { '/etc/motto': content => "first ${facts['motto']}" }`},
		{"v2", `file { '/etc/motto': content => "second ${facts['motto']}" }`},
		{"broken", `exec { '/bin/false': }`},
	} {
		require.NoError(t, os.WriteFile(filepath.Join(work, "site.pp"), []byte(v.code+"\n"), 0o600))
		git("add", "site.pp")
		git("commit", "-q", "-m", v.tag)
		git("tag", "-a", v.tag, "-m", v.tag)
	}
	execPath, err := exec.Command("git", "--exec-path").Output()
	require.NoError(t, err)
	server := httptest.NewServer(&cgi.Handler{
		Path: filepath.Join(string(execPath[:len(execPath)-1]), "git-http-backend"),
		Env:  []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1"},
	})
	t.Cleanup(server.Close)
	return server.URL + "/site.git"
}

// TestBareNodes deploys on nodes that bring nothing but systemd, sshd and real
// cloud-init: the same user data works, and the deployment installs the rest.
func TestBareNodes(t *testing.T) {
	labtest.NeedEngine(t)
	l := labtest.Start(t, "e2ebare", 17333, "--variant", "bare")
	before := l.Deploy(t, "bare", "nodes", "-p", "nodes=2")
	require.Len(t, before.Nodes, 2)
	ids := l.Containers(t, "bare")
	for node, id := range ids {
		require.Equal(t, "absent", labtest.On(t, id, "command -v puppet gluster || echo absent"), node)
		require.Contains(t, labtest.On(t, id, "cloud-init status --wait"), "done", node)
	}
	l.Deploy(t, "bare", "glusterfs", "-p", "nodes=2")
	require.Equal(t, ids, l.Containers(t, "bare"))
	l.PoolIsGood(t, "bare", 2)
}
