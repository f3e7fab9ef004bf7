package gluster

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRecorded reads what a real GlusterFS 10.3 answered.
func TestRecorded(t *testing.T) {
	for name, want := range map[string]struct{ ret, errno int }{
		"busy.xml": {-1, 30802}, "info-missing.xml": {-1, 30806}, "create-exists.xml": {-1, 0},
		"create-not-connected.xml": {-1, 30800}, "create-same-host.xml": {-1, 30800}, "delete-refused.xml": {-1, 30800},
		"set-unknown.xml": {-1, 30800}, "start-again.xml": {-1, 30800}, "status-not-started.xml": {-1, 30800},
		"rebalance-not-started.xml": {-1, 30800}, "probe-unreachable.xml": {-1, 107},
		"probe-known.xml": {0, 2}, "probe-self.xml": {0, 1},
	} {
		r, err := parse([]byte(recorded(t, name)))
		require.NoError(t, err, name)
		require.Equal(t, want, struct{ ret, errno int }{r.Ret, r.Errno}, name)
		require.NotEmpty(t, r.Errstr+r.Output, name)
	}
	files, err := filepath.Glob("testdata/*.xml")
	require.NoError(t, err)
	require.Greater(t, len(files), 30)
	for _, f := range files {
		_, err := parse([]byte(recorded(t, filepath.Base(f))))
		require.NoError(t, err, f)
	}
}

func TestRecordedPools(t *testing.T) {
	for name, want := range map[string]string{
		"pool-list-0.xml":            "self",
		"peer-status-0.xml":          "",
		"pool-list-2.xml":            "storage-1 ready, storage-2 ready, self",
		"pool-list-other.xml":        "glu-0.glu-pool ready, storage-2 ready, self",
		"peer-status-2.xml":          "storage-1 ready, storage-2 ready",
		"pool-list-disconnected.xml": "storage-1 ready, storage-2 Peer in Cluster 0, self",
	} {
		r, err := parse([]byte(recorded(t, name)))
		require.NoError(t, err)
		var got []string
		for _, p := range r.Peers {
			require.Len(t, p.UUID, 36)
			switch {
			case p.self():
				got = append(got, "self")
			case p.ready():
				got = append(got, p.Hostname+" ready")
			default:
				got = append(got, p.Hostname+" "+p.StateStr+" "+string(rune('0'+p.Connected)))
			}
		}
		require.Equal(t, want, strings.Join(got, ", "), name)
	}
}

func TestRecordedVolumes(t *testing.T) {
	three := func(b string) string {
		return " storage-0:/data/" + b + " storage-1:/data/" + b + " storage-2:/data/" + b
	}
	for name, want := range map[string]string{
		"info-none.xml":                  "",
		"info-missing.xml":               "",
		"info-created.xml":               "distribute, tcp: storage-0:/data/brick01 storage-1:/data/brick01",
		"info-distribute.xml":            "distribute, tcp: storage-0:/data/brick01 storage-1:/data/brick01",
		"info-replicate.xml":             "replica 3, tcp:" + three("rep"),
		"info-distributed-replicate.xml": "replica 3, tcp:" + three("rep") + three("rep2"),
		"info-disperse.xml":              "disperse 3 redundancy 1, tcp:" + three("dis"),
		"info-arbiter.xml":               "replica 3 arbiter 1, tcp:" + three("arb"),
	} {
		r, err := parse([]byte(recorded(t, name)))
		require.NoError(t, err)
		var got string
		for _, v := range r.Volumes {
			got += v.definition()
		}
		require.Equal(t, want, got, name)
	}
	r, err := parse([]byte(recorded(t, "info-arbiter.xml")))
	require.NoError(t, err)
	require.Equal(t, 1, r.Volumes[0].Bricks[2].Arbiter)
	require.Contains(t, r.Volumes[0].Options, option{"nfs.disable", "on"})
}

func TestRecordedStatus(t *testing.T) {
	for name, want := range map[string]string{
		"status-distribute.xml":  "storage-0:/data/brick01=1 storage-1:/data/brick01=1",
		"status-detail.xml":      "storage-0:/data/brick01=1 storage-1:/data/brick01=1",
		"status-brick-down.xml":  "storage-0:/data/brick01=1 storage-1:/data/brick01=0",
		"status-not-started.xml": "",
	} {
		r, err := parse([]byte(recorded(t, name)))
		require.NoError(t, err)
		var got []string
		for _, p := range r.Processes {
			got = append(got, p.Hostname+":"+p.Path+"="+string(rune('0'+p.Status)))
		}
		require.Equal(t, want, strings.Join(got, " "), name)
	}
	r, err := parse([]byte(recorded(t, "rebalance-done.xml")))
	require.NoError(t, err)
	require.True(t, r.Rebalance.done())
	require.NotEmpty(t, r.Rebalance.Nodes)
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	require.NoError(f, err)
	for _, name := range files {
		data, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parse(data)
		if err != nil {
			return
		}
		// Whatever an answer says, all that is made of it must hold.
		for _, v := range r.Volumes {
			_ = v.definition()
			_, _ = Volume{Name: "v", Bricks: []string{"a:/b"}}.missing(v)
		}
		_ = r.Rebalance.busy()
	})
}

func FuzzSpace(f *testing.F) {
	f.Add([]byte("4096 196608 194630\n"))
	f.Add([]byte("1 -2 3"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, _, err := space(data); err == nil {
			require.Len(t, strings.Fields(string(data)), 3)
		}
	})
}

func FuzzBrick(f *testing.F) {
	for _, s := range []string{"storage-0:/data/brick01", "::1:/a", "a:/b c", "10.0.0.1:/x", "localhost:/x", "a:/../b", "-a:/b", "a:/b:/c", "a:/b\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, err := ParseBrick(s)
		if err != nil {
			return
		}
		require.Equal(t, s, b.String())
		require.NotContains(t, s, " ")
		require.False(t, strings.HasPrefix(s, "-"))
		require.True(t, strings.HasPrefix(b.Path, "/"))
	})
}

func TestBusy(t *testing.T) {
	for name, c := range map[string]struct {
		reply reply
		busy  bool
	}{
		"by its code":         {reply{Ret: -1, Errno: 30802, Errstr: "whatever"}, true},
		"locked by a peer":    {reply{Ret: -1, Errno: 30800, Errstr: "Locking failed on node-1. Please check log file for details."}, true},
		"another error":       {reply{Ret: -1, Errno: 30800, Errstr: "Staging failed on node-1. Error: Volume v does not exist"}, false},
		"no code, no message": {reply{Ret: -1}, false},
	} {
		require.Equal(t, c.busy, c.reply.busy(), name)
	}
}
