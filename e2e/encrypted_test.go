package e2e

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/codec"
	"aiolos/deploy"
	"aiolos/lab/labtest"
)

// hush are texts that occur nowhere by chance: of a blueprint, a parameter, what
// scripts print, answer and fail with, and what a person says.
var hush = []string{"hush-blueprint", "hush-parameter", "hush-script", "hush-printed", "hush-output", "hush-failure", "hush-person", "hush-approval", "hush-comment"}

const hushBlueprint = `
name: quiet
parameters:
  word: {type: string, description: hush-blueprint}
groups:
  web: {count: 1, profile: small-x86_64, disks: []}
steps:
  say:
    on: web
    run:
      script: |
        # hush-script
        for i in 1 2 3 4; do echo "hush-printed $i $WORD"; sleep 1; done
        echo "said=hush-output $WORD" >> "$AIOLOS_OUTPUT"
      env: {WORD: "${params.word}"}
  ask:
    on: web
    needs: [say]
    approve: {message: "hush-approval?"}
  break:
    on: web
    needs: [ask]
    run: {script: "echo hush-failure >&2; test -e /mended"}
outputs:
  said: "${web[0].said}"
`

// encrypted is a lab whose payloads are encrypted.
type encrypted struct {
	*labtest.Lab
	keys string
}

// with runs the command line with the keys.
func (e *encrypted) with(t *testing.T, args ...string) labtest.Result {
	t.Helper()
	return e.AiolosWith(t, []string{"AIOLOS_PAYLOAD_KEYS=file:" + e.keys}, args...)
}

// TestEncrypted takes a deployment with a failure, a decision and a key that is
// replaced half-way through an encrypted lab, and looks for its texts wherever
// Temporal keeps anything.
func TestEncrypted(t *testing.T) {
	labtest.NeedEngine(t)
	e := &encrypted{Lab: labtest.Start(t, "e2eencrypted", 19310, "--encrypt")}
	e.keys = filepath.Join(e.State, "payload-keys")
	file := filepath.Join(t.TempDir(), "quiet.yaml")
	require.NoError(t, os.WriteFile(file, []byte(hushBlueprint), 0o600))
	r := e.with(t, "deploy", "quiet", file, "-p", "word=hush-parameter", "--detach")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	labtest.Eventually(t, "it asks for approval", patience, func() bool {
		return strings.Contains(e.with(t, "status", "quiet").Stdout, "waits for approval: hush-approval?")
	})

	t.Run("who has no keys is told so", func(t *testing.T) { e.withoutKeys(t, file) })
	t.Run("a codec server serves who has no keys", func(t *testing.T) {
		r := e.AiolosWith(t, []string{"TEMPORAL_CODEC_ENDPOINT=http://127.0.0.1:" + strconv.Itoa(e.Base+5)}, "status", "quiet", "--json")
		require.Equal(t, 0, r.Code, r.Stderr)
		require.Contains(t, r.Stdout, "hush-output hush-parameter")
	})
	r = e.with(t, "approve", "quiet", "--by", "hush-person", "--comment", "hush-comment")
	require.Equal(t, 0, r.Code, r.Stderr)
	r = e.with(t, "watch", "quiet")
	require.Equal(t, 3, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	require.Contains(t, r.Stdout+r.Stderr, "hush-failure")
	t.Run("the key is replaced", e.rotate)
	labtest.On(t, e.Containers(t, "quiet")["web-0"], "touch /mended")
	r = e.with(t, "retry", "quiet", "--by", "hush-person", "--json")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	var outcome deploy.Outcome
	require.NoError(t, json.Unmarshal([]byte(r.Stdout), &outcome), r.Stdout)
	require.Equal(t, "hush-output hush-parameter", outcome.Outputs["said"])
	r = e.with(t, "watch", "quiet")
	require.Equal(t, 0, r.Code, r.Stderr)
	r = e.with(t, "replay", "--history", "quiet")
	require.Equal(t, 0, r.Code, "%s\n%s", r.Stdout, r.Stderr)

	t.Run("Temporal keeps none of it", e.keptSecret)
	t.Run("the UI shows it by the codec server only", e.shown)
}

// withoutKeys tries what can be tried without keys.
func (e *encrypted) withoutKeys(t *testing.T, file string) {
	for _, args := range [][]string{
		{"status", "quiet"}, {"watch", "quiet"}, {"approve", "quiet"}, {"replay", "--history", "quiet"},
		{"deploy", "other", file, "-p", "word=hush-parameter"}, {"plan", "other", file, "-p", "word=hush-parameter"},
	} {
		r := e.Aiolos(t, args...)
		require.Equal(t, 1, r.Code, "%v: %s\n%s", args, r.Stdout, r.Stderr)
		require.Contains(t, r.Stderr, `encrypted with the key "lab-1", and there are no payload keys here`, "%v", args)
		require.Contains(t, r.Stderr, "AIOLOS_PAYLOAD_KEYS=file:PATH", "%v", args)
	}
	r := e.Aiolos(t, "list")
	require.Equal(t, 0, r.Code, r.Stderr)
	require.Contains(t, r.Stdout, "quiet")
	require.NotContains(t, r.Stdout, "other")
}

// rotate replaces the key under a deployment that runs: the new one is known
// everywhere before it writes.
func (e *encrypted) rotate(t *testing.T) {
	old, err := os.ReadFile(e.keys)
	require.NoError(t, err)
	young, err := codec.NewKeyLine("lab-2")
	require.NoError(t, err)
	for _, text := range []string{string(old) + young, young + string(old)} {
		require.NoError(t, os.WriteFile(e.keys, []byte(text), 0o600))
		e.RestartWorker(t)
	}
	require.Contains(t, e.with(t, "status", "quiet").Stdout, "hush-failure")
	// Who was forgotten hears which key is missing.
	r := e.with(t, "retry", "quiet")
	require.Equal(t, 3, r.Code, r.Stderr)
	forgotten := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.WriteFile(forgotten, old, 0o600))
	r = e.AiolosWith(t, []string{"AIOLOS_PAYLOAD_KEYS=file:" + forgotten}, "status", "quiet")
	require.Equal(t, 1, r.Code, r.Stdout)
	require.Contains(t, r.Stderr, `the key "lab-2", which is not among the payload keys: lab-1`)
}

// keptSecret reads what Temporal was given to keep: the history, exported and
// decoded, the server's answers, its database, and its log.
func (e *encrypted) keptSecret(t *testing.T) {
	places := map[string]string{"history": e.History(t, "quiet")}
	c := labtest.Dial(t, e.Address())
	described, err := c.DescribeWorkflowExecution(t.Context(), "quiet", "")
	require.NoError(t, err)
	wire, err := described.Marshal()
	require.NoError(t, err)
	places["description"] = string(wire)
	for _, id := range []string{"lab-1", "lab-2"} {
		require.Contains(t, places["history"], base64.StdEncoding.EncodeToString([]byte(id)), "the key %s wrote nothing", id)
	}
	require.Contains(t, places["history"], `"quiet"`, "the blueprint's name is a search attribute, and readable")
	files := map[string]string{}
	e.StateFiles(t, files)
	for path, text := range files {
		if strings.HasPrefix(filepath.Base(path), "temporal.") {
			places[path] = text
		}
	}
	require.GreaterOrEqual(t, len(places), 4, "the server's database and log")
	for place, text := range places {
		for _, word := range hush {
			require.False(t, strings.Contains(text, word), "%s holds %s", place, word)
		}
	}
	// Decrypted, the history holds all of it: nothing was looked for in vain.
	plain := e.decrypted(t, "quiet")
	for _, word := range hush {
		require.Contains(t, plain, word)
	}
}

// decrypted is the history of a deployment for those who have the keys.
func (e *encrypted) decrypted(t *testing.T, deployment string) string {
	keys, err := codec.ReadKeys(e.keys)
	require.NoError(t, err)
	return labtest.Decrypted(t, e.Events(t, deployment), codec.New(keys))
}

// shown opens the deployment in the UI with and without the codec server.
func (e *encrypted) shown(t *testing.T) {
	b := openBrowser(t)
	b.open(e.UI() + "/namespaces/default/workflows/quiet")
	b.sees("hush-parameter", "hush-blueprint", "hush-output hush-parameter")
	b.clicks("Event History")
	b.sees("Launch web-0", "say: Run on web-0")
	input := e.Events(t, "quiet").GetEvents()[0].GetWorkflowExecutionStartedEventAttributes().GetInput().GetPayloads()[0].GetData()
	const enough = 60 // characters, to know it by
	b.open(e.PlainUI(t, e.Base+6) + "/namespaces/default/workflows/quiet")
	b.sees("quiet", "COMPLETED", base64.StdEncoding.EncodeToString(input)[:enough])
	for _, word := range hush {
		require.NotContains(t, b.text(), word)
	}
}
