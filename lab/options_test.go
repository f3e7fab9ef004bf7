package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aiolos/deploy"
	"aiolos/lab/state"
)

func defaults(t require.TestingT, args ...string) options {
	var o options
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	o.register(flags)
	require.NoError(t, flags.Parse(args))
	return o
}

func TestDefaultsAreRight(t *testing.T) {
	o := defaults(t)
	require.NoError(t, o.check())
	require.Equal(t, state.Record{
		Name: "lab", Temporal: "127.0.0.1:7233", HTTP: "http://127.0.0.1:7243", UI: "http://127.0.0.1:8233",
		Health: "http://127.0.0.1:7281", Provider: "docker", Variant: "lab", Network: "aiolos-lab", State: "/s", Logs: "/s/logs",
	}, o.record("/s"))
}

// TestEncryptedRecord: who asks for encryption is told where the keys and the
// codec server are.
func TestEncryptedRecord(t *testing.T) {
	o := defaults(t, "--encrypt", "--codec-port", "9")
	require.NoError(t, o.check())
	r := o.record("/s")
	require.Equal(t, "http://127.0.0.1:9", r.Codec)
	require.Equal(t, "/s/payload-keys", r.PayloadKeys)
}

func TestWrongOptions(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"name":     {[]string{"--name", "../etc"}, []string{"--name"}},
		"upper":    {[]string{"--name", "Lab"}, []string{"--name"}},
		"empty":    {[]string{"--name", ""}, []string{"--name"}},
		"variant":  {[]string{"--variant", "fat"}, []string{"--variant"}},
		"provider": {[]string{"--provider", "mars"}, []string{"--provider"}},
		"same":     {[]string{"--ui-port", "7233"}, []string{"--ui-port"}},
		"all":      {[]string{"--name", "a b", "--variant", "fat", "--http-port", "0", "--gateway-port", "65536"}, []string{"--name", "--variant", "--http-port", "--gateway-port"}},
		"codec":    {[]string{"--encrypt", "--codec-port", "7281"}, []string{"--codec-port"}},
		"negative": {[]string{"--health-port", "-1"}, []string{"--health-port"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := defaults(t, c.args...)
			var invalid *deploy.InvalidError
			require.ErrorAs(t, o.check(), &invalid)
			var fields []string
			for _, p := range invalid.Problems {
				require.NotEmpty(t, p.Allowed)
				fields = append(fields, p.Field)
			}
			require.Equal(t, c.want, fields)
		})
	}
}

// TestArgumentsSayTheSame: a detached lab is what was asked for.
func TestArgumentsSayTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := defaults(t)
		o.name = rapid.StringMatching(labName.String()).Draw(t, "name")
		o.provider = rapid.SampledFrom([]string{onDocker, onEC2}).Draw(t, "provider")
		o.variant = rapid.String().Draw(t, "variant")
		number := rapid.Int()
		o.temporal, o.http, o.ui = number.Draw(t, "temporal"), number.Draw(t, "http"), number.Draw(t, "ui")
		o.gateway, o.health, o.ec2 = number.Draw(t, "gateway"), number.Draw(t, "health"), number.Draw(t, "ec2")
		o.codec, o.encrypt = number.Draw(t, "codec"), rapid.Bool().Draw(t, "encrypt")
		o.state = "/" + rapid.String().Draw(t, "state")
		require.Equal(t, o, defaults(t, o.arguments(state.Dir(o.state))...))
	})
}

func TestExitCodes(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	// What goes wrong before anything is done, and so must leave nothing behind.
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"--help"}, 0},
		{[]string{"up", "--help"}, 0},
		{[]string{"sideways"}, exitWrongInput},
		{[]string{"up", "x"}, exitWrongInput},
		{[]string{"up", "--nonsense"}, exitWrongInput},
		{[]string{"up", "--ui-port", "x"}, exitWrongInput},
		{[]string{"up", "--ui-port", "0", "--state", none}, exitWrongInput},
		{[]string{"up", "--detach", "--name", ";rm -rf /", "--state", none}, exitWrongInput},
		{[]string{"down", "--name", "/", "--state", none}, exitWrongInput},
		{[]string{"status", "--state", none}, exitFailed},
		{[]string{"status", "--json", "--state", none}, exitFailed},
	} {
		cmd := command()
		var out bytes.Buffer
		cmd.SetOut(&out)
		cmd.SetErr(&out)
		cmd.SetArgs(c.args)
		require.Equal(t, c.want, exitCode(cmd.Execute()), "%q\n%s", c.args, out.String())
		require.NoDirExists(t, none)
	}
}

func TestTheWorkersEnvironment(t *testing.T) {
	got := workerEnvironment([]string{"PATH=/bin", "TEMPORAL_ADDRESS=cloud:7233", "TEMPORAL_TLS=true", "AWS_PROFILE=production", "DOCKER_HOST=x"}, "127.0.0.1:1")
	require.Equal(t, []string{
		"PATH=/bin", "DOCKER_HOST=x", "TEMPORAL_ADDRESS=127.0.0.1:1", "TEMPORAL_NAMESPACE=default", "TEMPORAL_CONFIG_FILE=/dev/null",
		"AWS_ACCESS_KEY_ID=testing", "AWS_SECRET_ACCESS_KEY=testing",
	}, got)
}

func TestReport(t *testing.T) {
	record := state.Record{Name: "lab", UI: "http://127.0.0.1:8233"}
	for name, c := range map[string]struct {
		say  func(r *reporter)
		want report
	}{
		"ready":   {func(r *reporter) { r.ready(record, true) }, report{Ready: &record, Already: true}},
		"failed":  {func(r *reporter) { r.send(report{Error: "no\nluck", Code: 1}) }, report{Error: "no\nluck", Code: 1}},
		"nothing": {func(r *reporter) { require.NoError(t, r.pipe.Close()) }, report{}},
	} {
		t.Run(name, func(t *testing.T) {
			from, to, err := os.Pipe()
			require.NoError(t, err)
			defer from.Close()
			var log, shown bytes.Buffer
			r := newReporter(to)
			r.log = &log
			r.progress("building")
			c.say(r)
			// To the log only, whoever listens.
			r.progress("later")
			last, err := follow(from, &shown)
			require.NoError(t, err)
			require.Equal(t, c.want, last)
			require.Equal(t, "building\n", shown.String())
			require.Equal(t, "building\nlater\n", log.String())
		})
	}
}
