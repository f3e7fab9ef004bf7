package schema

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/activities"
	"aiolos/deploy"
)

// whole has everything that the language has.
const whole = `
name: whole
description: everything
parameters:
  nodes: {type: integer, default: 3, minimum: 1, maximum: 9, description: how many}
  written: {type: integer, default: "3"}
  ratio: {type: number, default: 0.5, enum: [0.5, 1]}
  flag: {type: boolean, default: true}
  names: {type: list, default: [a, 1, true]}
  text: {type: string, pattern: "[a-z]+", enum: [a, b]}
  password: {type: string, sensitive: true}
  open: {type: integer, sensitive: false}
  node01.glusterd.gittag: {type: string}
groups:
  db:
    count: "${params.nodes}"
    profile: small-x86_64
    image: "debian:${params.text}"
    disks: [{device: /dev/xvdj, size_gb: 10}, {device: "${params.text}", size_gb: "${params.nodes}"}]
    facts: [ipaddress, os.family]
    labels: {role: db, "aiolos.x": "${params.text}"}
    zones: 3
  web: {count: 1, profile: "${params.text}"}
steps:
  prepare: {on: db, run: {script: "true"}}
  configure:
    on: db
    needs: [prepare]
    when: "${params.nodes > 1}"
    parallel: "${params.nodes}"
    timeout: 1h30m
    retry: {attempts: 3, delay: 5s}
    run:
      script: |
        echo "port=5432" >> "$AIOLOS_OUTPUT"
      env: {PEERS: '${db.map(n, n.address).join(" ")}', PASSWORD: "${params.password}"}
      unless: test -f /x
      creates: /path
      files:
        - {path: conf.ini, content: "a=${params.nodes}", mode: "0644"}
        - {path: /etc/app.conf, file: ./app.conf, mode: "0600"}
        - {path: src, git: "https://example.com/a.git", ref: v1, source: sub/dir}
        - {path: start, url: "https://example.com/start", mode: "${params.text}"}
      outputs: [port]
      sensitive: [replication_password]
  any: {on: [db, "web[0]"], needs: [{step: configure, of: any}], retry: 3, when: true, parallel: 1, await: {signal: up}}
  chosen: {on: "${db.filter(n, n.index > 0)}", needs: [{step: configure, of: 2}, {step: prepare, of: "${params.nodes}"}], puppet: {module: glusterfs, facts: {a: b}}}
  up: {on: db, await: {signal: glusterup, timeout: 10m}}
  known: {on: db, await: {fact: os.family}}
  ok: {on: "db[0]", approve: {message: "Go on?"}}
  volume: {on: "db[0]", gluster_volume: {name: v, bricks: "${db.map(n, n.hostname)}", replica: "${params.nodes}", rebalance: none, force: false}}
outputs: {url: "postgres://${db[0].hostname}"}
`

func TestBlueprints(t *testing.T) {
	text, err := Blueprint(activities.Types())
	require.NoError(t, err)
	good := map[string]string{"whole": whole}
	for _, name := range deploy.BuiltinNames() {
		b, _ := deploy.Builtin(name)
		good[name] = string(b)
	}
	const head = "name: x\ngroups: {web: {count: 1, profile: p}}\n"
	const step = head + "steps:\n  s:\n    on: web\n"
	bad := map[string]string{
		"empty":                "{}",
		"no groups":            "name: x",
		"no group":             "name: x\ngroups: {}",
		"name":                 "name: X\ngroups: {web: {count: 1, profile: p}}",
		"typo on top":          head + "step: {}",
		"group's name":         "name: x\ngroups: {Web: {count: 1, profile: p}}",
		"reserved group":       "name: x\ngroups: {nodes: {count: 1, profile: p}}",
		"typo in a group":      "name: x\ngroups: {web: {cuont: 1, profile: p}}",
		"count as text":        "name: x\ngroups: {web: {count: '1', profile: p}}",
		"count of 0":           "name: x\ngroups: {web: {count: 0, profile: p}}",
		"count, interpolated":  "name: x\ngroups: {web: {count: '1${params.n}', profile: p}}",
		"device":               "name: x\ngroups: {web: {count: 1, profile: p, disks: [{device: xvdj, size_gb: 1}]}}",
		"size of a disk":       "name: x\ngroups: {web: {count: 1, profile: p, disks: [{device: /dev/xvdj, size_gb: 1.5}]}}",
		"label as a number":    "name: x\ngroups: {web: {count: 1, profile: p, labels: {a: 1}}}",
		"no type":              head + "parameters: {n: {default: 1}}",
		"unknown type":         head + "parameters: {n: {type: text}}",
		"default's type":       head + "parameters: {n: {type: integer, default: many}}",
		"pattern of a number":  head + "parameters: {n: {type: number, pattern: x}}",
		"sensitive number":     head + "parameters: {n: {type: number, sensitive: true}}",
		"sensitive default":    head + "parameters: {n: {type: string, sensitive: true, default: x}}",
		"no action":            step,
		"two actions":          step + "    run: {script: x}\n    await: {signal: x}",
		"unknown action":       step + "    rnu: {script: x}",
		"reserved step":        head + "steps: {launch: {on: web, run: {script: x}}}",
		"no place":             head + "steps: {s: {run: {script: x}}}",
		"odd place":            head + "steps: {s: {on: 'web[x]', run: {script: x}}}",
		"typo in an action":    step + "    run: {script: x, evn: {}}",
		"no script":            step + "    run: {}",
		"script as a number":   step + "    run: {script: 3}",
		"relative creates":     step + "    run: {script: x, creates: a/b}",
		"odd variable":         step + "    run: {script: x, env: {a-b: c}}",
		"file from nowhere":    step + "    run: {script: x, files: [{path: a}]}",
		"file from two places": step + "    run: {script: x, files: [{path: a, content: b, file: c}]}",
		"mode as a number":     step + "    run: {script: x, files: [{path: a, content: b, mode: 644}]}",
		"await nothing":        step + "    await: {timeout: 1m}",
		"await both":           step + "    await: {signal: a, fact: b}",
		"timeout, no duration": step + "    timeout: 10\n    run: {script: x}",
		"need, odd of":         step + "    needs: [{step: a, of: most}]\n    run: {script: x}",
		"retry, too often":     step + "    retry: 101\n    run: {script: x}",
		"when as text":         step + "    when: 'yes, please'\n    run: {script: x}",
		"parallel of 0":        step + "    parallel: 0\n    run: {script: x}",
	}
	for name, dialect := range dialects {
		t.Run(name, func(t *testing.T) {
			s := compiled(t, text, dialect)
			for name, g := range good {
				require.NoError(t, s.Validate(instance(t, g)), name)
			}
			for name, b := range bad {
				require.Error(t, s.Validate(instance(t, b)), name)
				read, err := deploy.ReadBlueprint("", []byte(b), activities.Types())
				if err == nil {
					_, err = read.Plan("x", deploy.Request{}, "docker", nil)
				}
				require.Error(t, err, "it is right nevertheless: %s", name)
			}
		})
	}
	_, err = deploy.ReadBlueprint("", []byte(whole), activities.Types())
	require.NoError(t, err)
	examples, err := filepath.Glob("../../docs/examples/*.yaml")
	require.NoError(t, err)
	for _, path := range examples {
		example, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, compiled(t, text, dialects["2020-12"]).Validate(instance(t, string(example))), path)
	}
}
