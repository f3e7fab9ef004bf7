package command_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPasswordInADeployable: it stands in the file, but does not reach the history.
func TestPasswordInADeployable(t *testing.T) {
	b, w := newBench(t), newWorker(t)
	b.server.OnStart = w.takes
	b.env["AIOLOS_PARAM_web_app_key"] = "another-one"
	path := filepath.Join(t.TempDir(), "old.xml")
	require.NoError(t, os.WriteFile(path, []byte(`<deployable name="old"><assemblies><assembly name="web" hwp="small-x86_64"><image id="i"/><services><service name="app">`+
		`<executable><contents>true</contents></executable><parameters><parameter name="key"><value type="password">in-the-file</value></parameter></parameters>`+
		`</service></services></assembly></assemblies></deployable>`), 0o600))
	r := b.run("deploy", "old", path)
	require.Equal(t, 0, r.code, r.err)
	sent := request(t, b.server.Runs("old")[0])
	require.NotContains(t, sent.Source, "in-the-file")
	require.Contains(t, sent.Source, "sensitive: true")
	require.NotContains(t, r.out+r.err, "in-the-file")
}
