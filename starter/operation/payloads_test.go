package operation_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"aiolos/codec"
	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/workflows"
)

// keyLine is a new key as a line of a keys file.
func keyLine(t *testing.T, id string) string {
	t.Helper()
	line, err := codec.NewKeyLine(id)
	require.NoError(t, err)
	return line
}

func again(t *testing.T) operation.Temporal {
	t.Helper()
	c, err := operation.Dial(t.Context())
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func TestKeysOfTheEnvironment(t *testing.T) {
	t.Setenv("TEMPORAL_CONFIG_FILE", "/dev/null")
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), mode))
		return "file:" + path
	}
	line := keyLine(t, "k1")
	t.Setenv("MY_KEYS", line)
	for _, good := range []string{write("good", line, 0o600), "env:MY_KEYS"} {
		t.Setenv(operation.KeysVariable, good)
		c, err := operation.Payloads()
		require.NoError(t, err)
		require.True(t, c.Encrypts)
	}
	for name, wrong := range map[string]string{
		"the key itself": line, "no file": "file:" + dir + "/none", "no variable": "env:NOT_THERE", "nothing": "file:",
		"for all to read": write("open", line, 0o644), "another store": "aws-sm:keys",
	} {
		t.Setenv(operation.KeysVariable, wrong)
		_, err := operation.Payloads()
		var source *operation.KeysSourceError
		require.ErrorAs(t, err, &source, name)
		require.ErrorContains(t, err, "allowed is file:PATH", name)
		require.NotContains(t, err.Error(), line[3:20], name)
	}
	t.Setenv(operation.KeysVariable, "")
	c, err := operation.Payloads()
	require.NoError(t, err)
	require.False(t, c.Encrypts)
}

// TestEncrypted starts an operation with keys, and looks at it with keys, without,
// with others, and through a codec server.
func TestEncrypted(t *testing.T) {
	server, plain := connect(t)
	line := keyLine(t, "k1")
	t.Setenv("MY_KEYS", line)
	t.Setenv(operation.KeysVariable, "env:MY_KEYS")
	c := again(t)
	request := deploy.Request{Blueprint: "web", Parameters: map[string]any{"word": "hush-42"}}
	deployed := func(c operation.Temporal, name string) error {
		_, err := operation.Deploy(t.Context(), c, "queue", &deploy.Plan{Deployment: name, Blueprint: "web"}, request)
		return err
	}
	require.NoError(t, deployed(c, "pool"))
	wire, err := proto.Marshal(server.Runs("pool")[0].Started())
	require.NoError(t, err)
	require.NotContains(t, string(wire), "hush-42")
	require.NotContains(t, string(wire), "web")
	got, queue, err := operation.Requested(t.Context(), c, "pool")
	require.NoError(t, err)
	require.Equal(t, "queue", queue)
	require.Equal(t, request, got)

	// Without the key nothing is read, and nothing written in plain beside it.
	t.Setenv("MY_KEYS", keyLine(t, "k2"))
	for name, c := range map[string]operation.Temporal{"no keys": plain, "another key": again(t)} {
		_, _, err = operation.Requested(t.Context(), c, "pool")
		var unknown *codec.UnknownKeyError
		require.ErrorAs(t, err, &unknown, name)
		require.ErrorContains(t, err, `"k1"`, name)
		require.ErrorContains(t, err, operation.KeysVariable, name)
		require.ErrorContains(t, err, "TEMPORAL_CODEC_ENDPOINT", name)
	}
	var unknown *codec.UnknownKeyError
	require.ErrorAs(t, deployed(plain, "other"), &unknown)
	_, _, err = operation.Decide(t.Context(), plain, "pool", workflows.RetryUpdate, workflows.Retry{})
	require.ErrorAs(t, err, &unknown)
	_, err = operation.Plan(t.Context(), plain, "queue", "other", request)
	require.ErrorAs(t, err, &unknown)
	require.Empty(t, server.Runs("other"))

	// A codec server reads and writes for those who have no keys.
	keys, err := codec.ParseKeys([]byte(line))
	require.NoError(t, err)
	verify, err := codec.Token("a-token-of-at-least-thirty-two-bytes")
	require.NoError(t, err)
	handler, err := codec.Handler(codec.New(keys), codec.HandlerOptions{Encode: true, Verify: verify})
	require.NoError(t, err)
	web := httptest.NewServer(handler)
	defer web.Close()
	t.Setenv(operation.KeysVariable, "")
	t.Setenv("TEMPORAL_CODEC_ENDPOINT", web.URL+"/{namespace}/")
	t.Setenv("TEMPORAL_CODEC_AUTH", "Bearer a-token-of-at-least-thirty-two-bytes")
	remote := again(t)
	got, _, err = operation.Requested(t.Context(), remote, "pool")
	require.NoError(t, err)
	require.Equal(t, request, got)
	require.NoError(t, deployed(remote, "third"))
	wire, err = proto.Marshal(server.Runs("third")[0].Started())
	require.NoError(t, err)
	require.NotContains(t, string(wire), "hush-42")

	// One that refuses is named.
	t.Setenv("TEMPORAL_CODEC_AUTH", "Bearer another")
	_, _, err = operation.Requested(t.Context(), again(t), "pool")
	var away *operation.CodecServerError
	require.ErrorAs(t, err, &away)
	require.ErrorContains(t, err, web.URL+"/default")
	require.ErrorContains(t, err, "Unauthorized")
}

// TestReexecuteEncrypted re-executes a history that was encrypted, with its key
// and without.
func TestReexecuteEncrypted(t *testing.T) {
	t.Setenv("TEMPORAL_CONFIG_FILE", "/dev/null")
	file, err := os.Open("../../workflows/testdata/histories/retried.json")
	require.NoError(t, err)
	defer file.Close()
	history, err := client.HistoryFromJSON(file, client.HistoryJSONOptions{})
	require.NoError(t, err)
	line := keyLine(t, "k1")
	keys, err := codec.ParseKeys([]byte(line))
	require.NoError(t, err)
	c := codec.New(keys)
	require.NoError(t, proxy.VisitPayloads(t.Context(), history, proxy.VisitPayloadsOptions{
		SkipSearchAttributes: true,
		Visitor: func(_ *proxy.VisitPayloadsContext, p []*commonpb.Payload) ([]*commonpb.Payload, error) {
			return c.Encode(p)
		},
	}))
	text, err := protojson.Marshal(history)
	require.NoError(t, err)
	require.NotContains(t, string(text), "json/plain")
	path := filepath.Join(t.TempDir(), "encrypted.json")
	require.NoError(t, os.WriteFile(path, text, 0o600))

	err = operation.ReexecuteFile(t.Context(), path)
	var unknown *codec.UnknownKeyError
	require.ErrorAs(t, err, &unknown)
	var diverged *operation.DivergedError
	require.NotErrorAs(t, err, &diverged)
	t.Setenv("MY_KEYS", line)
	t.Setenv(operation.KeysVariable, "env:MY_KEYS")
	require.NoError(t, operation.ReexecuteFile(t.Context(), path))
}
