package secretref_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	smtypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/require"

	"aiolos/internal/secretref"
)

// moto starts AWS's stand-in on a free port of loopback and returns the settings
// that lead there.
func moto(t *testing.T) aws.Config {
	t.Helper()
	program, err := exec.LookPath("moto_server")
	if err != nil {
		if os.Getenv("AIOLOS_ENGINE") == "1" {
			t.Fatal("moto_server is not installed: pip install 'moto[server]'")
		}
		t.Skip("left out: it needs moto_server (pip install 'moto[server]')")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	host, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	var out bytes.Buffer
	cmd := exec.Command(program, "-H", host, "-p", port)
	cmd.Stdout, cmd.Stderr = &out, &out
	// What is found on the path may be a shell that starts it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended //nolint:errcheck // it was killed
	})
	endpoint := "http://" + net.JoinHostPort(host, port)
	require.Eventually(t, func() bool {
		answer, err := http.Get(endpoint + "/moto-api/")
		if err != nil {
			select {
			case err := <-ended:
				ended <- err
				t.Errorf("moto_server ended: %v\n%s", err, out.String())
				return true
			default:
				return false
			}
		}
		return answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
	}, 30*time.Second, 50*time.Millisecond, "moto_server does not answer")
	if t.Failed() {
		t.FailNow()
	}
	return aws.Config{
		Region: "eu-west-1", BaseEndpoint: &endpoint,
		Credentials: credentials.NewStaticCredentialsProvider("id", "key", ""),
	}
}

// TestAWS reads secrets of every sort from what speaks AWS's protocols.
func TestAWS(t *testing.T) {
	cfg := moto(t)
	sm, parameters := secretsmanager.NewFromConfig(cfg), ssm.NewFromConfig(cfg)
	create := func(in *secretsmanager.CreateSecretInput) string {
		out, err := sm.CreateSecret(t.Context(), in)
		require.NoError(t, err)
		return *out.ARN
	}
	arn := create(&secretsmanager.CreateSecretInput{Name: aws.String("aiolos/text"), SecretString: aws.String(hush)})
	create(&secretsmanager.CreateSecretInput{Name: aws.String("aiolos/binary"), SecretBinary: []byte("\x00" + hush)})
	create(&secretsmanager.CreateSecretInput{
		Name: aws.String("aiolos/json"), SecretString: aws.String(`{"token": "` + hush + `", "number": 5318, "nothing": null, "empty": ""}`),
	})
	create(&secretsmanager.CreateSecretInput{Name: aws.String("aiolos/list"), SecretString: aws.String(`["` + hush + `"]`)})
	elsewhere := secretsmanager.NewFromConfig(cfg, func(o *secretsmanager.Options) { o.Region = "us-east-2" })
	far, err := elsewhere.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("far"), SecretString: aws.String("far " + hush)})
	require.NoError(t, err)
	put := func(value string, kind ssmtypes.ParameterType) {
		_, err := parameters.PutParameter(t.Context(), &ssm.PutParameterInput{
			Name: aws.String("/aiolos/key"), Value: &value, Type: kind, Overwrite: aws.Bool(true),
		})
		require.NoError(t, err)
	}
	put("first "+hush, ssmtypes.ParameterTypeSecureString)
	put("second "+hush, ssmtypes.ParameterTypeSecureString)

	loads := 0
	r := secretref.Resolver{LoadAWS: func(context.Context) (aws.Config, error) { loads++; return cfg, nil }}
	for reference, want := range map[string]string{
		"aws-sm:aiolos/text":       hush,
		"aws-sm:" + arn:            hush,
		"aws-sm:" + *far.ARN:       "far " + hush,
		"aws-sm:aiolos/binary":     "\x00" + hush,
		"aws-sm:aiolos/json#token": hush,
		"aws-ssm:/aiolos/key":      "second " + hush,
		"aws-ssm:/aiolos/key:1":    "first " + hush,
	} {
		got, err := r.Resolve(t.Context(), "f", reference)
		require.NoError(t, err, reference)
		require.Equal(t, want, string(got.Bytes()), reference)
	}
	require.Equal(t, 1, loads)

	// A secret that is replaced is found at the next call.
	_, err = sm.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: aws.String("aiolos/text"), SecretString: aws.String("new " + hush)})
	require.NoError(t, err)
	got, err := r.Resolve(t.Context(), "f", "aws-sm:aiolos/text")
	require.NoError(t, err)
	require.Equal(t, "new "+hush, string(got.Bytes()))

	for reference, says := range map[string]string{
		"aws-sm:absent":              "AWS Secrets Manager does not give it",
		"aws-sm:aiolos/json#absent":  "the secret has no such key",
		"aws-sm:aiolos/json#number":  "what the key stands for is no string",
		"aws-sm:aiolos/json#nothing": "what the key stands for is no string",
		"aws-sm:aiolos/json#empty":   "it is empty",
		"aws-sm:aiolos/text#token":   "the secret is no JSON object",
		"aws-sm:aiolos/list#0":       "the secret is no JSON object",
		"aws-sm:aiolos/binary#token": "the secret is no JSON object",
		"aws-ssm:/absent":            "AWS Systems Manager does not give it",
		"aws-ssm:/aiolos/key:9":      "AWS Systems Manager does not give it",
	} {
		_, err := r.Resolve(t.Context(), "token", reference)
		var wrong *secretref.Error
		require.ErrorAs(t, err, &wrong, reference)
		require.Contains(t, err.Error(), "token ("+reference+"): "+says)
		require.NotContains(t, err.Error(), hush)
		require.NotContains(t, err.Error(), "5318")
	}
	_, err = r.Resolve(t.Context(), "f", "aws-sm:absent")
	var absent *smtypes.ResourceNotFoundException
	require.True(t, errors.As(err, &absent), "the evidence is kept")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = r.Resolve(ctx, "f", "aws-ssm:/aiolos/key")
	require.ErrorIs(t, err, context.Canceled)
}
