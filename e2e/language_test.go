package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/lab/labtest"
)

const languageBlueprint = `
name: language
parameters:
  nodes: {type: integer, default: 3}
  greeting.word-1: {type: string, default: hello}
groups:
  web:
    count: "${params.nodes}"
    profile: small-x86_64
    image: ami-of-another-cloud
    disks: []
    facts: [os.family, ipaddress, late]
    labels: {role: front, size: "${string(params.nodes)}"}
    zones: 2
  db: {count: 1, profile: small-x86_64, disks: []}
steps:
  files:
    on: [web, db]
    run:
      script: "./tool; cat conf/app.conf; echo \"seen=$(cat conf/app.conf)\" >> $AIOLOS_OUTPUT"
      files:
        - {path: conf/app.conf, content: "${node.name} says ${params.` + "`greeting.word-1`" + `}"}
        - {path: /etc/zone.conf, content: "zone ${node.zone} of ${node.group}\n", mode: "0640"}
        - {path: tool, file: ./tool.sh, mode: "0755"}
  others:
    on: "${web.filter(n, n.index > 0)}"
    needs: [{step: files, of: "${params.nodes}"}]
    parallel: 1
    run: {script: "date +%s.%N > /root/began; sleep 0.5; date +%s.%N > /root/ended"}
  flaky:
    on: web
    when: "${node.index == 1 && node.os.family == 'Debian'}"
    needs: [{step: others, of: 1}]
    retry: {attempts: 3, delay: 1s}
    run: {script: 'n=$(cat /root/tries 2>/dev/null || echo 0); echo $((n + 1)) > /root/tries; [ "$n" -ge 1 ]'}
  makefact:
    on: web
    needs: [flaky]
    run: {script: "mkdir -p /etc/facter/facts.d; echo late=yes-$(hostname) > /etc/facter/facts.d/late.txt"}
  latefact:
    on: db
    run: {script: "echo \"$LATE\" > /root/late", env: {LATE: '${web.map(n, string(n.late)).join(" ")}'}}
  decide:
    on: db
    needs: [latefact]
    approve: {message: "Shall it go on?"}
  after:
    on: db
    needs: [decide]
    run: {script: "echo ${node.approved_by} > /root/by"}
outputs:
  seen: "${web[0].seen}"
  family: "${web[2].os.family}"
  by: "${db[0].approved_by}"
`

// TestLanguage runs what the built-in blueprints do not need.
func TestLanguage(t *testing.T) {
	labtest.NeedEngine(t)
	l := labtest.Start(t, "e2elanguage", 17733)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	write("tool.sh", "#!/bin/sh\necho the tool ran as $(whoami) in $(basename $(pwd))\n")
	t.Run("everything at once", func(t *testing.T) { everything(t, l, write("language.yaml", languageBlueprint)) })
	t.Run("a sensitive value is found nowhere", func(t *testing.T) { sensitive(t, l, write("secrets.yaml", secretsBlueprint)) })
}

func everything(t *testing.T, l *labtest.Lab, path string) {
	r := l.Aiolos(t, "plan", "all", path, "-p", "greeting.word-1=hi")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	require.Empty(t, l.Containers(t, "all"), "a plan changes nothing")
	r = l.Aiolos(t, "deploy", "all", path, "-p", "greeting.word-1=hi", "--detach")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	decide := func() deploy.StepStatus {
		for _, s := range l.Status(t, "all").Steps {
			if s.Name == "decide" {
				return s
			}
		}
		return deploy.StepStatus{}
	}
	labtest.Eventually(t, "the approval is awaited", time.Minute, func() bool { return decide().State == deploy.StepRunning })
	require.Equal(t, "waits for approval: Shall it go on?", decide().Message)
	r = l.Aiolos(t, "approve", "all", "after", "--by", "ann")
	require.Equal(t, 2, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	require.Contains(t, r.Stderr, "decide")
	r = l.Aiolos(t, "approve", "all", "--by", "ann", "--comment", "looks good")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	r = l.Aiolos(t, "watch", "all", "--json")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	var outcome deploy.Outcome
	require.NoError(t, json.Unmarshal([]byte(r.Stdout), &outcome))
	require.Equal(t, map[string]any{"seen": "web-0 says hi", "family": "Debian", "by": "ann"}, outcome.Outputs)
	require.Contains(t, outcome.Changes, "decide approved by ann: looks good")
	l.Record(t, "all", "language")

	ids := l.Containers(t, "all")
	require.Equal(t, "zone 1 of web", labtest.On(t, ids["web-1"], "cat /etc/zone.conf"))
	require.Equal(t, "640 root root", labtest.On(t, ids["web-2"], "stat -c '%a %U %G' /etc/zone.conf"))
	require.Equal(t, "yes-all-web-0 yes-all-web-1 yes-all-web-2", labtest.On(t, ids["db-0"], "cat /root/late"))
	require.Contains(t, labtest.On(t, ids["db-0"], "cat /var/lib/aiolos/jobs/*.files.*/output"), "the tool ran as root in files")
	require.Equal(t, "front 3 0", labtest.Docker(t, "inspect", "-f", `{{index .Config.Labels "aiolos.label.role"}} {{index .Config.Labels "aiolos.label.size"}} {{index .Config.Labels "aiolos.zone"}}`, ids["web-2"]))
	require.Equal(t, "2", labtest.On(t, ids["web-1"], "cat /root/tries"), "retried once")
	require.Equal(t, "absent", labtest.On(t, ids["web-0"], "cat /root/tries 2>/dev/null || echo absent"), "not wanted there")
	// Which is first is not said: three of four nodes have to have their files, and web-1 may be the fourth.
	first, second := labtest.On(t, ids["web-1"], "cat /root/began /root/ended"), labtest.On(t, ids["web-2"], "cat /root/began /root/ended")
	if second < first {
		first, second = second, first
	}
	_, ended, _ := strings.Cut(first, "\n")
	began, _, _ := strings.Cut(second, "\n")
	require.Less(t, ended, began, "one at a time")
}

const secretsBlueprint = `
name: secrets
parameters:
  password: {type: string, sensitive: true, pattern: "[a-z0-9-]{8,}"}
groups:
  web: {count: 2, profile: small-x86_64, disks: []}
steps:
  make:
    on: web[0]
    run:
      script: 'key="made-$(od -An -N12 -tx1 /dev/urandom | tr -d " \n")"; echo "$key" > /root/made; echo "key=$key" >> "$AIOLOS_OUTPUT"'
      sensitive: [key]
  use:
    on: web[1]
    timeout: 1m
    retry: {attempts: 2, delay: 1s}
    run:
      script: |
        # ${params.password} stands in a script, too.
        echo "env: $PASSWORD $KEY"
        echo "file: $(cat key.conf)"
        echo "copied=$KEY" >> "$AIOLOS_OUTPUT"
        logger -t mine "nothing to see"
        touch /root/begun
        sleep 2
        printf '%s %s' "$PASSWORD" "$KEY" | sha256sum > /root/digest
        test -e /root/again || { touch /root/again; echo "failed with $PASSWORD" >&2; exit 3; }
      env: {PASSWORD: "${params.password}", KEY: "${web[0].key}"}
      files: [{path: key.conf, content: "key = ${web[0].key}\n", mode: "0600"}]
  fail:
    on: web[1]
    needs: [use]
    run: {script: 'echo "cannot log in with $PASSWORD"; exit 4', env: {PASSWORD: "${params.password}"}}
outputs:
  key: "${web[0].key}"
`

// sensitive looks for a value that was given and one that was made in every
// place that a value could have got to.
func sensitive(t *testing.T, l *labtest.Lab, path string) {
	const given = "hunter2-and-more"
	wrong := l.Aiolos(t, "deploy", "secret", path, "-p", "password=SHORT")
	require.Equal(t, 2, wrong.Code, "%s\n%s", wrong.Stdout, wrong.Stderr)
	require.NotContains(t, wrong.Stdout+wrong.Stderr, "SHORT")
	r := l.Aiolos(t, "deploy", "secret", path, "-p", "password="+given, "--on-failure", "fail", "--detach")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	labtest.Eventually(t, "the script runs", time.Minute, func() bool {
		id := l.Containers(t, "secret")["web-1"]
		return id != "" && exec.Command("docker", "exec", id, "test", "-e", "/root/begun").Run() == nil
	})
	ids := l.Containers(t, "secret")
	made := labtest.On(t, ids["web-0"], "cat /root/made; rm /root/made")
	require.Regexp(t, regexp.MustCompile(`^made-[0-9a-f]{24}$`), made)
	places := map[string]string{}
	host, err := exec.Command("ps", "-eo", "args", "--no-headers").Output()
	require.NoError(t, err)
	places["the process list, while it runs"] = labtest.On(t, ids["web-1"], "ps -eo args") + string(host)
	places["the status, while it runs"] = l.Aiolos(t, "status", "secret").Stdout + l.Aiolos(t, "status", "secret", "--json").Stdout
	end := l.Aiolos(t, "watch", "secret")
	require.Equal(t, 1, end.Code, "%s\n%s", end.Stdout, end.Stderr)
	require.Contains(t, end.Stderr, "cannot log in with ***", "the evidence is kept, without the value")

	places["what was printed"] = r.Stdout + r.Stderr + end.Stdout + end.Stderr
	places["the status"] = l.Aiolos(t, "status", "secret").Stdout + l.Aiolos(t, "status", "secret", "--json").Stdout
	places["the history"] = l.History(t, "secret")
	for node, id := range ids {
		places["the job directories of "+node] = labtest.On(t, id, "grep -ra . /var/lib/aiolos 2>/dev/null || true")
		places["the journal of "+node] = labtest.On(t, id, "journalctl --no-pager -o verbose -a")
		places["the files of "+node] = labtest.On(t, id, "grep -rla -e "+given+" -e "+made+" /etc /root /tmp /var /run /home /opt 2>/dev/null || true")
	}
	l.StateFiles(t, places)
	for place, text := range places {
		require.NotEmpty(t, place)
		for _, value := range []string{given, made} {
			if at := strings.Index(text, value); at >= 0 {
				t.Errorf("%s holds a sensitive value: …%s…", place, text[max(0, at-100):min(len(text), at+100)])
			}
		}
	}
	require.Contains(t, places["the job directories of web-1"], "env: *** ***", "the output is kept, without the values")
	require.Contains(t, places["the history"], "sealed:")
	// That it was the values that arrived, and not what stands for them.
	digest := labtest.On(t, ids["web-1"], "cut -d' ' -f1 /root/digest")
	require.Equal(t, digest, labtest.On(t, ids["web-1"], fmt.Sprintf("printf '%%s %%s' %s %s | sha256sum | cut -d' ' -f1", given, made)))
}
