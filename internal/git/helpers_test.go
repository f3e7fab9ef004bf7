package git

import (
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// signature is who commits in tests.
var signature = object.Signature{Name: "Test", Email: "test@example.com", When: time.Unix(1700000000, 0)}

// origin is a repository in a directory of its own.
type origin struct {
	t    *testing.T
	dir  string
	repo *gogit.Repository
}

func newOrigin(t *testing.T) *origin {
	t.Helper()
	dir := t.TempDir()
	repo, err := gogit.PlainInit(dir, false)
	require.NoError(t, err)
	return &origin{t: t, dir: dir, repo: repo}
}

func (o *origin) url() string { return "file://" + o.dir }

// commit writes files (a target after "-> " makes a link) and commits them.
func (o *origin) commit(files map[string]string) string {
	o.t.Helper()
	tree, err := o.repo.Worktree()
	require.NoError(o.t, err)
	for name, content := range files {
		path := filepath.Join(o.dir, name)
		require.NoError(o.t, os.MkdirAll(filepath.Dir(path), 0o755))
		if target, ok := strings.CutPrefix(content, "-> "); ok {
			require.NoError(o.t, os.Symlink(target, path))
		} else {
			mode := os.FileMode(0o644)
			if strings.HasPrefix(content, "#!") {
				mode = 0o755
			}
			require.NoError(o.t, os.WriteFile(path, []byte(content), mode))
		}
		_, err := tree.Add(name)
		require.NoError(o.t, err)
	}
	hash, err := tree.Commit("a change", &gogit.CommitOptions{Author: &signature, AllowEmptyCommits: true})
	require.NoError(o.t, err)
	return hash.String()
}

// commitTree commits a tree that no work tree could hold.
func (o *origin) commitTree(entries ...object.TreeEntry) string {
	o.t.Helper()
	tree := o.repo.Storer.NewEncodedObject()
	require.NoError(o.t, (&object.Tree{Entries: entries}).Encode(tree))
	treeHash, err := o.repo.Storer.SetEncodedObject(tree)
	require.NoError(o.t, err)
	commit := o.repo.Storer.NewEncodedObject()
	require.NoError(o.t, (&object.Commit{Author: signature, Committer: signature, Message: "x", TreeHash: treeHash}).Encode(commit))
	hash, err := o.repo.Storer.SetEncodedObject(commit)
	require.NoError(o.t, err)
	return hash.String()
}

// blob stores content, and returns an entry for it.
func (o *origin) blob(name, content string, mode filemode.FileMode) object.TreeEntry {
	o.t.Helper()
	b := o.repo.Storer.NewEncodedObject()
	b.SetType(plumbing.BlobObject)
	w, err := b.Writer()
	require.NoError(o.t, err)
	_, err = w.Write([]byte(content))
	require.NoError(o.t, err)
	require.NoError(o.t, w.Close())
	hash, err := o.repo.Storer.SetEncodedObject(b)
	require.NoError(o.t, err)
	return object.TreeEntry{Name: name, Mode: mode, Hash: hash}
}

func (o *origin) branch(name, commit string) {
	o.t.Helper()
	require.NoError(o.t, o.repo.Storer.SetReference(plumbing.NewHashReference(plumbing.NewBranchReferenceName(name), plumbing.NewHash(commit))))
}

func (o *origin) tag(name, commit string, annotated bool) {
	o.t.Helper()
	var options *gogit.CreateTagOptions
	if annotated {
		options = &gogit.CreateTagOptions{Tagger: &signature, Message: "a release"}
	}
	_, err := o.repo.CreateTag(name, plumbing.NewHash(commit), options)
	require.NoError(o.t, err)
}

// served is the repository behind git's own HTTP server.
type served struct {
	url     string
	fetches atomic.Int32
	// password is asked for where it is not empty.
	password string
	hold     chan struct{}
}

func (o *origin) serve() *served {
	o.t.Helper()
	git, err := exec.LookPath("git")
	require.NoError(o.t, err, "the tests serve repositories with git's own HTTP server")
	s := &served{}
	backend := &cgi.Handler{Path: git, Args: []string{"http-backend"}, Env: []string{"GIT_PROJECT_ROOT=" + o.dir, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); password != s.password {
			w.Header().Set("WWW-Authenticate", "Basic")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.Method == http.MethodPost {
			s.fetches.Add(1)
			if s.hold != nil {
				<-s.hold
			}
		}
		backend.ServeHTTP(w, r)
	}))
	o.t.Cleanup(func() {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		server.Close()
	})
	s.url = server.URL + "/.git"
	return s
}
