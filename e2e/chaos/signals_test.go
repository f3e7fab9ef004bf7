package chaos

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/lab/labtest"
)

// signalled waits for a signal of every node, which none of its steps sends.
const signalled = `
name: signalled
groups:
  web: {count: 2, profile: small-x86_64}
steps:
  before:
    on: web
    run: {script: "while [ ! -e /run/go ]; do sleep 0.1; done"}
  up:
    on: web
    needs: [before]
    await: {signal: ready}
  after:
    on: web[0]
    needs: [{step: up, of: all}]
    run: {script: "touch /root/after"}
`

// web are the nodes of a deployment of that blueprint.
func (r *run) web() []string {
	r.Helper()
	path := filepath.Join(r.TempDir(), "signalled.yaml")
	require.NoError(r, os.WriteFile(path, []byte(signalled), 0o600))
	reached := []<-chan struct{}{r.upon("before/web-0", given), r.upon("before/web-1", given)}
	r.begin(path)
	for _, at := range reached {
		r.await(at)
	}
	return []string{r.node("web-0"), r.node("web-1")}
}

// awaits reports whether the deployment still waits, after a while in which it
// could have gone on.
func (r *run) awaits(first string) {
	r.Helper()
	time.Sleep(3 * time.Second)
	require.Equal(r, "no", labtest.On(r.T, first, "if [ -e /root/after ]; then echo yes; else echo no; fi"), "it did not wait")
}

// proceed lets the steps go on that come before the await.
func (r *run) proceed(ids []string) {
	r.Helper()
	for _, id := range ids {
		labtest.On(r.T, id, "touch /run/go")
	}
}

func (r *run) signal(id string) {
	r.Helper()
	labtest.On(r.T, id, "aiolos-signal ready")
}

// went wants the step behind the signals to have run, once.
func (r *run) went(first string) {
	r.Helper()
	r.completes()
	require.Equal(r, "1", labtest.On(r.T, first, "ls -d /root/after /var/lib/aiolos/jobs/*.after.* | grep -c after."))
}

// signals are faults on the way from a node to its deployment.
func signals() []scenario {
	return []scenario{
		{"the gateway cannot be reached when a node signals", true, func(r *run) {
			r.start(3)
			id := r.puppetRuns("storage-1")
			r.strike()
			r.filter(id, fmt.Sprintf("chain out { type filter hook output priority -300; tcp dport %d reject; };", r.Base+8))
			time.Sleep(15 * time.Second)
			r.heal(id)
			r.completes()
			r.good(3)
		}},
		{"the worker, and so the gateway, is away when nodes signal", false, func(r *run) {
			ids := r.web()
			r.proceed(ids)
			r.strike()
			release := r.hold(r.T)
			r.killWorker()
			for _, id := range ids {
				labtest.Docker(r.T, "exec", "-d", id, "aiolos-signal", "ready")
			}
			time.Sleep(5 * time.Second)
			release()
			r.went(ids[0])
		}},
		{"a signal is sent three times", false, func(r *run) {
			ids := r.web()
			r.proceed(ids)
			r.strike()
			for range 3 {
				r.signal(ids[1])
			}
			r.awaits(ids[0])
			r.signal(ids[0])
			r.went(ids[0])
			// And once more, when there is nobody any more who could want it.
			out := labtest.On(r.T, ids[0], "aiolos-signal ready 2>&1; echo code=$?")
			require.Contains(r, out, "code=1")
		}},
		{"a signal is sent before it is awaited", true, func(r *run) {
			ids := r.web()
			r.strike()
			for _, id := range ids {
				r.signal(id)
			}
			r.proceed(ids)
			r.went(ids[0])
		}},
		{"a signal is late by 20 s", false, func(r *run) {
			ids := r.web()
			r.proceed(ids)
			r.signal(ids[0])
			r.strike()
			time.Sleep(20 * time.Second)
			r.signal(ids[1])
			r.went(ids[0])
		}},
		{"signals with a wrong token, and with another node's", true, func(r *run) {
			ids := r.web()
			r.proceed(ids)
			r.strike()
			for _, change := range []string{"s/^token=.*/token=AAAA/", "s/^node=.*/node=web-0/", "s/^deployment=.*/deployment=other/"} {
				out := labtest.On(r.T, ids[1], "sed '"+change+"' /etc/aiolos/node.conf >/root/wrong.conf; AIOLOS_NODE_CONF=/root/wrong.conf aiolos-signal ready 2>&1; echo code=$?")
				require.Contains(r, out, "code=1", "%s was accepted", change)
			}
			r.signal(ids[1])
			r.awaits(ids[0])
			r.signal(ids[0])
			r.went(ids[0])
		}},
		{"a node of another deployment signals", false, func(r *run) {
			// The other is on the same lab, and has a token of its own.
			answer := r.Aiolos(r.T, "deploy", "other", "nodes", "-p", "nodes=1")
			require.Equal(r, 0, answer.Code, "%s\n%s", answer.Stdout, answer.Stderr)
			var other string
			for _, id := range r.Containers(r.T, "other") {
				other = id
			}
			ids := r.web()
			r.proceed(ids)
			r.strike()
			out := labtest.On(r.T, other, "sed 's/^deployment=.*/deployment="+r.name+"/; s/^node=.*/node=web-0/' /etc/aiolos/node.conf >/root/wrong.conf; AIOLOS_NODE_CONF=/root/wrong.conf aiolos-signal ready 2>&1; echo code=$?")
			require.True(r, strings.Contains(out, "code=1"), out)
			r.signal(ids[1])
			r.awaits(ids[0])
			r.signal(ids[0])
			r.went(ids[0])
			answer = r.Aiolos(r.T, "destroy", "other", "--confirm", "other")
			require.Equal(r, 0, answer.Code, "%s\n%s", answer.Stdout, answer.Stderr)
		}},
	}
}
