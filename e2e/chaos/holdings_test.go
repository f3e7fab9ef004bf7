package chaos

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	"aiolos/lab/labtest"
)

// holdings is what a worker holds on to.
type holdings struct {
	goroutines, files, children int
}

// holds asks the worker, and the kernel, what the worker holds.
func (r *rig) holds(t *testing.T) (holdings, error) {
	t.Helper()
	var h holdings
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:"+strconv.Itoa(r.Base+7)+"/metrics", nil)
	require.NoError(t, err)
	request.Close = true
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return h, err
	}
	defer answer.Body.Close()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(answer.Body)
	if err != nil {
		return h, err
	}
	h.goroutines = int(families["go_goroutines"].GetMetric()[0].GetGauge().GetValue())
	pid := r.workerPID()
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return h, err
	}
	h.files = len(files)
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, thread := range threads {
		children, err := os.ReadFile(thread)
		if err != nil {
			return h, err
		}
		h.children += len(strings.Fields(string(children)))
	}
	return h, err
}

// leaksNothing waits until the worker holds about what it held when nothing had run.
func (r *rig) leaksNothing(t *testing.T) {
	t.Helper()
	var h holdings
	var err error
	for deadline := time.Now().Add(40 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		h, err = r.holds(t)
		// Pollers come and go by a few, as do connections to Temporal and the engine.
		if err == nil && h.goroutines <= r.calm.goroutines+15 && h.files <= r.calm.files+4 && h.children <= r.calm.children {
			return
		}
	}
	require.NoError(t, err)
	t.Errorf("the worker holds %+v; when nothing had run it held %+v", h, r.calm)
}

// nothingLeft wants the engine to have nothing of the lab's but its network and the
// volume for disks, and that to be empty.
func (r *rig) nothingLeft(t *testing.T) {
	t.Helper()
	require.Empty(t, labtest.Docker(t, "ps", "-aq", "--filter", "label=aiolos.lab="+r.Name), "containers")
	disks := "aiolos-" + r.Name + "-disks"
	require.Equal(t, disks, labtest.Docker(t, "volume", "ls", "-q", "--filter", "label=aiolos.lab="+r.Name), "volumes")
	place := labtest.Docker(t, "volume", "inspect", "--format", "{{.Mountpoint}}", disks)
	files, err := filepath.Glob(filepath.Join(place, "[^.]*"))
	require.NoError(t, err)
	require.Empty(t, files, "disks")
}
