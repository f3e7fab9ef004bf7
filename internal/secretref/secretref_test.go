package secretref_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aiolos/internal/secretref"
)

// hush is a secret that nothing may show.
const hush = "hush-5318-hush"

func TestParse(t *testing.T) {
	const secretARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:aiolos/key-AbCdEf"
	const parameterARN = "arn:aws:ssm:eu-west-1:123456789012:parameter/aiolos/key"
	for text, want := range map[string]secretref.Reference{
		"file:/etc/aiolos/secret":    {Scheme: secretref.File, Name: "/etc/aiolos/secret"},
		"file:/a b#c:d":              {Scheme: secretref.File, Name: "/a b#c:d"},
		"env:AIOLOS_SECRET":          {Scheme: secretref.Environment, Name: "AIOLOS_SECRET"},
		"aws-sm:aiolos/key":          {Scheme: secretref.SecretsManager, Name: "aiolos/key"},
		"aws-sm:aiolos/key#a b":      {Scheme: secretref.SecretsManager, Name: "aiolos/key", Key: "a b"},
		"aws-sm:" + secretARN + "#k": {Scheme: secretref.SecretsManager, Name: secretARN, Key: "k"},
		"aws-ssm:/aiolos/key":        {Scheme: secretref.ParameterStore, Name: "/aiolos/key"},
		"aws-ssm:/aiolos/key:3":      {Scheme: secretref.ParameterStore, Name: "/aiolos/key:3"},
		"aws-ssm:" + parameterARN:    {Scheme: secretref.ParameterStore, Name: parameterARN},
	} {
		got, err := secretref.Parse("f", text)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
		require.Equal(t, text, got.String())
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"", hush, "/etc/" + hush, "password:" + hush, hush + ":x", "FILE:/" + hush, " env:" + hush, "http://" + hush,
		"file:", "file:" + hush, "file:~/" + hush, "file:/" + hush + "\x00", "env:", "env:" + hush, "env:$X", "env:1" + "HUSH",
		"aws-sm:", "aws-sm:" + hush + "#", "aws-sm:" + hush + "!", "aws-sm:#" + hush, "aws-sm:arn:aws:ssm:eu-west-1:1:parameter/" + hush,
		"aws-sm:arn:aws:secretsmanager::1:secret:" + hush, "aws-ssm:", "aws-ssm:" + hush + " " + hush, "aws-ssm:/a:b:c", "aws-ssm:arn:aws:ssm:" + hush,
	} {
		_, err := secretref.Parse("payload_keys", text)
		var wrong *secretref.FormatError
		require.ErrorAs(t, err, &wrong, "%q", text)
		require.Equal(t, "payload_keys", wrong.Field)
		require.Contains(t, err.Error(), "aws-sm:NAME-OR-ARN[#JSONKEY]")
		require.NotContains(t, strings.ToLower(err.Error()), "hush")
	}
}

func TestFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode fs.FileMode) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		require.NoError(t, os.Chmod(path, mode))
		return "file:" + path
	}
	var r secretref.Resolver
	for text, want := range map[string]string{
		hush: hush, hush + "\n": hush, hush + "\r\n": hush, hush + "\n\n": hush + "\n", " " + hush: " " + hush,
		strings.Repeat("x", secretref.MaxSize) + "\r\n": strings.Repeat("x", secretref.MaxSize),
	} {
		got, err := r.Resolve(t.Context(), "f", write("good", text, 0o600))
		require.NoError(t, err)
		require.Equal(t, want, string(got.Bytes()))
	}
	for reference, says := range map[string]string{
		write("group", hush, 0o640):                                      "its mode is 0640",
		write("empty", "\n", 0o600):                                      "it is empty; allowed is 1 to 65536 bytes",
		write("large", strings.Repeat("x", secretref.MaxSize+1), 0o600):  "it has 65537 bytes",
		write("larger", strings.Repeat("x", secretref.MaxSize*2), 0o600): "it is larger than",
		"file:" + dir:             "it is no regular file",
		"file:" + dir + "/absent": "open: no such file or directory",
	} {
		_, err := r.Resolve(t.Context(), "secret", reference)
		var wrong *secretref.Error
		require.ErrorAs(t, err, &wrong)
		require.ErrorContains(t, err, "secret ("+reference+"): "+says)
		require.NotContains(t, err.Error(), hush)
		require.Equal(t, 1, strings.Count(err.Error(), dir), "the path is said once")
	}
	_, err := r.Resolve(t.Context(), "f", "file:"+dir+"/absent")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestEnvironment(t *testing.T) {
	var r secretref.Resolver
	t.Setenv("AIOLOS_TEST_SECRET", hush)
	got, err := r.Resolve(t.Context(), "f", "env:AIOLOS_TEST_SECRET")
	require.NoError(t, err)
	require.Equal(t, hush, string(got.Bytes()))

	t.Setenv("AIOLOS_TEST_SECRET", "")
	_, err = r.Resolve(t.Context(), "f", "env:AIOLOS_TEST_SECRET")
	require.EqualError(t, err, "f (env:AIOLOS_TEST_SECRET): it is empty; allowed is 1 to 65536 bytes")
	require.NoError(t, os.Unsetenv("AIOLOS_TEST_SECRET"))
	_, err = r.Resolve(t.Context(), "f", "env:AIOLOS_TEST_SECRET")
	require.EqualError(t, err, "f (env:AIOLOS_TEST_SECRET): the variable is not set; allowed is a variable of the worker's environment")
}

// TestErrorsShowNoSecret has every kind of text be the secret or the reference:
// what is found is never shown, and what is no reference neither. (What begins
// with a slash is a path to file:.)
func TestErrorsShowNoSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	r := secretref.Resolver{LoadAWS: func(context.Context) (aws.Config, error) { return aws.Config{}, errors.New("no AWS") }}
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[a-zA-Z0-9+][a-zA-Z0-9+/:#]{12,40}`).Draw(t, "secret")
		require.NoError(t, os.WriteFile(path, []byte(secret), 0o600))
		require.NoError(t, os.Chmod(path, rapid.SampledFrom([]fs.FileMode{0o600, 0o644}).Draw(t, "mode")))
		if _, err := r.Resolve(context.Background(), "f", "file:"+path); err != nil {
			require.NotContains(t, err.Error(), secret)
		}
		_, err := r.Resolve(context.Background(), "f", rapid.SampledFrom([]string{"", "secret:", "file:", "env:-", "aws-sm:!", "aws-ssm:!"}).Draw(t, "scheme")+secret)
		require.Error(t, err)
		require.NotContains(t, err.Error(), secret)
	})
}

func TestAWSWithoutSettings(t *testing.T) {
	cause := errors.New("no such profile")
	r := secretref.Resolver{LoadAWS: func(context.Context) (aws.Config, error) { return aws.Config{}, cause }}
	for _, reference := range []string{"aws-sm:a", "aws-ssm:a"} {
		_, err := r.Resolve(t.Context(), "f", reference)
		require.ErrorIs(t, err, cause)
		require.ErrorContains(t, err, "f ("+reference+"): the settings of AWS cannot be loaded")
	}
}

func TestValueShowsNothing(t *testing.T) {
	t.Setenv("AIOLOS_TEST_SECRET", hush)
	var r secretref.Resolver
	v, err := r.Resolve(t.Context(), "f", "env:AIOLOS_TEST_SECRET")
	require.NoError(t, err)
	type holder struct{ V secretref.Value }
	type hidden struct{ v secretref.Value }
	var shown bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&shown, verb+verb+verb+verb+"\n", v, &v, holder{v}, hidden{v})
	}
	slog.New(slog.NewJSONHandler(&shown, nil)).Info("m", "v", v, "holder", holder{v}, "hidden", hidden{v})
	text, err := json.Marshal(holder{v})
	require.NoError(t, err)
	shown.Write(text)
	require.NotContains(t, shown.String(), hush)
	require.NotContains(t, shown.String(), "687573682d") // in hex
	require.NotContains(t, shown.String(), "104 117 115")
	require.Nil(t, secretref.Value{}.Bytes())
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"file:/a", "env:A", "aws-sm:a#b", "aws-ssm:/a:1", "aws-sm:arn:aws:secretsmanager:r:1:secret:a", "x", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := secretref.Parse("f", text)
		if err == nil && r.String() != text {
			t.Fatalf("%q became %q", text, r)
		}
	})
}
