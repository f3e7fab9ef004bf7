package userdata

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"golang.org/x/crypto/ssh"
	"pgregory.net/rapid"

	"aiolos/deploy"
)

var update = flag.Bool("update", false, "write the golden files anew")

// keyOf is a key that is the same in every run.
func keyOf(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize))
}

func example() Data {
	return Data{
		Deployment: "demo", Node: "storage-0", Hostname: "demo-storage-0",
		HostKey: keyOf(1), AuthorizedKey: keyOf(2).Public().(ed25519.PublicKey),
		SignalURL: "http://192.0.2.1:7070/", SignalToken: "EO_XjfHhYlXZToMrb0v-3Bl98uc3cwcOO7fGNaSywy8",
	}
}

func TestRenderGolden(t *testing.T) {
	got, err := example().Render()
	require.NoError(t, err)
	golden := filepath.Join("testdata", "user-data")
	if *update {
		require.NoError(t, os.WriteFile(golden, got, 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
	t.Logf("%d of %d bytes", len(got), Limit)
}

// TestRenderIsBothYAMLAndJSON reads the document in the two ways in which
// machines read it.
func TestRenderIsBothYAMLAndJSON(t *testing.T) {
	text, err := example().Render()
	require.NoError(t, err)
	first, rest, _ := strings.Cut(string(text), "\n")
	require.Equal(t, "#cloud-config", first)
	var asJSON, asYAML map[string]any
	require.NoError(t, json.Unmarshal([]byte(rest), &asJSON))
	require.NoError(t, yaml.Unmarshal(text, &asYAML))
	require.Equal(t, asJSON, asYAML)
	for i, c := range text {
		require.True(t, c == '\n' || c >= ' ' && c < 0x7f, "byte %d is %#x", i, c)
	}

	require.Equal(t, "demo-storage-0", asJSON["hostname"])
	require.Equal(t, false, asJSON["manage_etc_hosts"])
	files := asJSON["write_files"].([]any)
	conf := files[0].(map[string]any)
	require.Equal(t, "/etc/aiolos/node.conf", conf["path"])
	require.Equal(t, "0600", conf["permissions"])
	require.Equal(t, "url=http://192.0.2.1:7070\ndeployment=demo\nnode=storage-0\ntoken=EO_XjfHhYlXZToMrb0v-3Bl98uc3cwcOO7fGNaSywy8\n", conf["content"])
	script := files[1].(map[string]any)
	require.Equal(t, SignalScript(), script["content"])
	require.Equal(t, "0755", script["permissions"])
	// Everybody may read the script, so it holds no secret.
	require.NotContains(t, script["content"], example().SignalToken)
}

func TestRepeatedRenderingIsTheSame(t *testing.T) {
	first, err := example().Render()
	require.NoError(t, err)
	again, err := example().Render()
	require.NoError(t, err)
	require.Equal(t, first, again)
}

func TestKeysAreReadByOpenSSH(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := ed25519.NewKeyFromSeed(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed"))
		text, err := privateKey(key)
		require.NoError(t, err)
		back, err := ssh.ParseRawPrivateKey([]byte(text))
		require.NoError(t, err)
		require.Equal(t, &key, back)
	})
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip("left out: ssh-keygen is not installed")
	}
	text, err := privateKey(keyOf(1))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	out, err := exec.Command(keygen, "-y", "-f", path).CombinedOutput()
	require.NoError(t, err, "%s", out)
	want, err := publicKey(keyOf(1).Public().(ed25519.PublicKey), "")
	require.NoError(t, err)
	require.Equal(t, strings.TrimSpace(want), strings.TrimSpace(string(out)))
}

func TestRenderRefuses(t *testing.T) {
	for field, spoil := range map[string]func(*Data){
		"deployment":     func(d *Data) { d.Deployment = "a\ntoken=b" },
		"node":           func(d *Data) { d.Node = "" },
		"hostname":       func(d *Data) { d.Hostname = "a.b" },
		"host key":       func(d *Data) { d.HostKey = nil },
		"authorized key": func(d *Data) { d.AuthorizedKey = d.AuthorizedKey[:31] },
		"signal URL":     func(d *Data) { d.SignalURL = `http://host/"` },
		"signal token":   func(d *Data) { d.SignalToken = "a\nb" },
	} {
		t.Run(field, func(t *testing.T) {
			d := example()
			spoil(&d)
			_, err := d.Render()
			var invalid *deploy.InvalidError
			require.ErrorAs(t, err, &invalid)
			require.Len(t, invalid.Problems, 1)
			require.Equal(t, field, invalid.Problems[0].Field)
			require.NotContains(t, err.Error(), d.SignalToken)
		})
	}
	for _, wrong := range []string{"", "host:80", "ftp://host", "http://", "http://:80", "http://u:p@host", "http://host/?a=b", "http://host/#a", "http://host/$(id)", "http://host/\n", "https://host/a b"} {
		require.False(t, isEndpoint(wrong), "%q", wrong)
	}
	for _, right := range []string{"http://host", "https://gateway.example:7070/aiolos/", "http://[2001:db8::1]:80"} {
		require.True(t, isEndpoint(right), "%q", right)
	}
}

// TestLargestDataFits shows that no value that is allowed makes the document
// too large.
func TestLargestDataFits(t *testing.T) {
	d := example()
	d.Deployment, d.Node = strings.Repeat("a", 100), strings.Repeat("b", 100)
	d.Hostname = strings.Repeat("c", 63)
	d.SignalURL = "http://" + strings.Repeat("d", 505)
	d.SignalToken = strings.Repeat("e", 512)
	text, err := d.Render()
	require.NoError(t, err)
	require.LessOrEqual(t, len(text), Limit)

	whole := signalScript
	defer func() { signalScript = whole }()
	signalScript += strings.Repeat("# more\n", 2000)
	_, err = d.Render()
	var size *SizeError
	require.ErrorAs(t, err, &size)
	require.Greater(t, size.Size, Limit)
	require.Contains(t, err.Error(), "16384")
}

func TestMetaData(t *testing.T) {
	var got map[string]string
	require.NoError(t, yaml.Unmarshal(MetaData(`i-"1"`, "demo-storage-0"), &got))
	require.Equal(t, map[string]string{"instance-id": `i-"1"`, "local-hostname": "demo-storage-0"}, got)
}
