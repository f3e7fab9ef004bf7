package activities

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

// vault seals by a table, so that a test sees what was sealed.
type vault map[string]string

func (v vault) Open(deployment, sealed string) ([]byte, error) {
	plain, ok := v[deployment+" "+sealed]
	if !ok {
		return nil, errors.New("cannot be opened")
	}
	return []byte(plain), nil
}

func (v vault) Seal(deployment string, plain []byte) (string, error) {
	sealed := deploy.Sealed("new" + strings.Repeat("A", len(v)))
	v[deployment+" "+sealed] = string(plain)
	return sealed, nil
}

func (vault) Key() deploy.SealingKey { return deploy.SealingKey{} }

func TestOpening(t *testing.T) {
	one, two := deploy.Sealed("one"), deploy.Sealed("two")
	d := &Deeds{Secrets: vault{"d " + one: "hunter2", "d " + two: "s3cret"}}
	content := "key=" + two + "\n"
	config := RunConfig{
		Script: "echo " + one, Env: map[string]string{"A": one, "B": "plain", "C": "x" + one + two},
		Files: []RunFile{{Path: "f", Content: &content}}, Outputs: []string{"a"},
	}
	secrets, err := d.open("d", &config)
	require.NoError(t, err)
	require.Equal(t, []string{"hunter2", "s3cret"}, secrets)
	require.Equal(t, "echo hunter2", config.Script)
	require.Equal(t, map[string]string{"A": "hunter2", "B": "plain", "C": "xhunter2s3cret"}, config.Env)
	require.Equal(t, "key=s3cret\n", *config.Files[0].Content)

	_, err = d.open("another", &RunConfig{Script: one})
	require.Error(t, err, "sealed for another deployment")
}

func TestWhatHoldsASecretIsHidden(t *testing.T) {
	d := &Deeds{Secrets: vault{}}
	r := ActionResult{
		Message: "used hunter2", Changes: []string{"set hunter2"},
		Facts: map[string]any{"a": "it is hunter2", "b": "harmless", "n": int64(3)},
	}
	require.NoError(t, d.hide("d", []string{"hunter2"}, &r))
	require.NotContains(t, r.Message+r.Changes[0], "hunter2")
	require.True(t, deploy.IsSealed(r.Facts["a"].(string)))
	require.Equal(t, "harmless", r.Facts["b"])

	err := translateHidden(&JobError{Exit: 1, Output: []string{"login with hunter2 failed"}}, []string{"hunter2"}, "s", "web-0")
	require.NotContains(t, err.Error(), "hunter2")
	require.ErrorContains(t, err, "login with *** failed")
	require.ErrorContains(t, err, "exit code 1")
}
