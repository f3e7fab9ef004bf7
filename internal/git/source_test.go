package git

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aiolos/deploy"
)

func newSource(t *testing.T) *Source {
	s := New(filepath.Join(t.TempDir(), "cache"))
	s.AllowLocal = true
	return s
}

// entries lists a tar as "mode type name content-or-target".
func entries(t *testing.T, archive []byte) []string {
	t.Helper()
	var list []string
	r := tar.NewReader(bytes.NewReader(archive))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		require.NoError(t, err)
		require.Zero(t, h.ModTime.Unix())
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		switch h.Typeflag {
		case tar.TypeDir:
			list = append(list, "dir "+h.Name)
		case tar.TypeSymlink:
			list = append(list, "link "+h.Name+" "+h.Linkname)
		default:
			mode := "file"
			if h.Mode == 0o755 {
				mode = "exec"
			}
			list = append(list, mode+" "+h.Name+" "+string(content))
		}
	}
}

func TestResolveAndArchive(t *testing.T) {
	o := newOrigin(t)
	first := o.commit(map[string]string{"main.pp": "one"})
	o.tag("v1", first, false)
	second := o.commit(map[string]string{
		"main.pp": "two", "bin/run": "#!/bin/sh\n", "modules/a/manifests/init.pp": "class a {}", "latest.pp": "-> main.pp", "bin/up": "-> ../main.pp",
	})
	o.tag("v2", second, true)
	o.branch("next", second)
	o.branch("v1", second) // a tag of that name goes first
	http := o.serve()

	for name, url := range map[string]string{"file": o.url(), "http": http.url} {
		t.Run(name, func(t *testing.T) {
			s := newSource(t)
			for ref, want := range map[string]string{
				"v1": first, "v2": second, "next": second, "master": second, "refs/heads/v1": second, first: first, "refs/tags/v2": second,
			} {
				got, err := s.Resolve(t.Context(), url, ref)
				require.NoError(t, err, ref)
				require.Equal(t, want, got, ref)
			}
			archive, err := s.Archive(t.Context(), url, second)
			require.NoError(t, err)
			require.Equal(t, []string{
				"dir bin/", "exec bin/run #!/bin/sh\n", "link bin/up ../main.pp", "link latest.pp main.pp", "file main.pp two",
				"dir modules/", "dir modules/a/", "dir modules/a/manifests/", "file modules/a/manifests/init.pp class a {}",
			}, entries(t, archive))

			archive, err = s.Archive(t.Context(), url, first)
			require.NoError(t, err)
			require.Equal(t, []string{"file main.pp one"}, entries(t, archive))

			_, err = s.Resolve(t.Context(), url, "v3")
			var ref *RefError
			require.ErrorAs(t, err, &ref)
			require.Equal(t, "v3", ref.Ref)
			require.Subset(t, ref.Known[:2], []string{"v1", "v2"})
			require.Equal(t, deploy.KindSource, ref.Kind())

			_, err = s.Archive(t.Context(), url, strings.Repeat("1", 40))
			require.ErrorAs(t, err, &ref)
			require.ErrorContains(t, err, strings.Repeat("1", 40))
		})
	}
}

// TestArchiveIsTheSameEverywhere compares what two caches got over two ways.
func TestArchiveIsTheSameEverywhere(t *testing.T) {
	o := newOrigin(t)
	commit := o.commit(map[string]string{"b": "2", "a": "1", "a.d/x": "-> ../a"})
	one, err := newSource(t).Archive(t.Context(), o.url(), commit)
	require.NoError(t, err)
	two, err := newSource(t).Archive(t.Context(), o.serve().url, commit)
	require.NoError(t, err)
	require.Equal(t, one, two)
}

// TestACommitThatNoRefNames is what is left of a tag that moved.
func TestACommitThatNoRefNames(t *testing.T) {
	o := newOrigin(t)
	first := o.commit(map[string]string{"main.pp": "one"})
	o.commit(map[string]string{"main.pp": "two"})
	archive, err := newSource(t).Archive(t.Context(), o.serve().url, first)
	require.NoError(t, err)
	require.Equal(t, []string{"file main.pp one"}, entries(t, archive))
}

func TestFetchedOnceHoweverManyAsk(t *testing.T) {
	o := newOrigin(t)
	commit := o.commit(map[string]string{"main.pp": "one"})
	server := o.serve()
	server.hold = make(chan struct{})
	s := newSource(t)

	// One that gives up does not take it from the others.
	impatient, cancel := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		_, err := s.Archive(impatient, server.url, commit)
		gone <- err
	}()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			_, err := s.Archive(context.Background(), server.url, commit)
			if err != nil {
				t.Error(err)
			}
		})
	}
	cancel()
	require.ErrorIs(t, <-gone, context.Canceled)
	close(server.hold)
	all.Wait()
	require.EqualValues(t, 1, server.fetches.Load())

	// It is kept, for the next worker too, even if the repository is gone.
	next := New(s.cacheDir)
	_, err := next.Archive(t.Context(), "https://127.0.0.1:1/gone", commit)
	require.NoError(t, err)
	left, err := filepath.Glob(filepath.Join(s.cacheDir, ".*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestCredentialsAreNotShown(t *testing.T) {
	o := newOrigin(t)
	o.commit(map[string]string{"main.pp": "one"})
	server := o.serve()
	server.password = "s3cret/word"
	with := func(user string) string { return strings.Replace(server.url, "://", "://"+user+"@", 1) }
	s := newSource(t)

	_, err := s.Resolve(t.Context(), with("robot:s3cret%2Fword"), "master")
	require.NoError(t, err)

	for _, url := range []string{
		with("robot:wr0ng%2Fword"), "http://robot:wr0ng%2Fword@127.0.0.1:1/x.git", "http://wr0ng@127.0.0.1:1/x.git?token=wr0ng",
		"nonesuch://robot:wr0ng@host/x", "robot:wr0ng@host:x.git", "https://robot:wr0ng/x@host/y", "https://robot:wr0ng@",
	} {
		_, err = s.Resolve(t.Context(), url, "master")
		require.Error(t, err, url)
		require.NotContains(t, err.Error(), "wr0ng", url)
	}
	var fetch *FetchError
	_, err = s.Resolve(t.Context(), with("robot:wr0ng"), "master")
	require.ErrorAs(t, err, &fetch)
	require.False(t, fetch.Temporary())
	_, err = s.Resolve(t.Context(), "http://127.0.0.1:1/x.git", "master")
	require.ErrorAs(t, err, &fetch)
	require.True(t, fetch.Temporary())
}

func TestURLs(t *testing.T) {
	for url, allowed := range map[string]bool{
		"https://host/x.git": true, "http://host:8080/x": true, "ssh://git@host/x": true, "git://host/x": true, "file:///srv/x": true,
		"": false, "host/x": false, "git@host:x": false, "https://": false, "https://host": false, "https://host/": false,
		"file://host/x": false, "file:x": false, "ext::sh -c id": false, "https://ho st/x": false, "-u/x": false, "https://host/x\n": false,
	} {
		_, err := (&Source{AllowLocal: true}).parse(url)
		var invalid *deploy.InvalidError
		require.Equal(t, !allowed, errors.As(err, &invalid), url)
	}
	_, err := (&Source{}).parse("file:///srv/x")
	require.ErrorContains(t, err, "does not permit file")
}

func TestTreesThatAreNotTaken(t *testing.T) {
	for name, target := range map[string]string{"a/link": "../../etc/passwd", "link": "/etc/passwd", "b": "c/../../x", "d": ".."} {
		o := newOrigin(t)
		_, err := newSource(t).Archive(t.Context(), o.url(), o.commit(map[string]string{name: "-> " + target}))
		var tree *TreeError
		require.ErrorAs(t, err, &tree)
		require.Equal(t, name, tree.Path)
	}
	for _, name := range []string{"..", ".git", ".GIT", "a/b", strings.Repeat("n", maxPath)} {
		o := newOrigin(t)
		commit := o.commitTree(o.blob(name, "x", filemode.Regular))
		_, err := newSource(t).Archive(t.Context(), o.url(), commit)
		var tree *TreeError
		require.ErrorAs(t, err, &tree, name)
	}
}

func TestTreesThatAreTooLarge(t *testing.T) {
	o := newOrigin(t)
	big := o.blob("big", strings.Repeat("x", MaxArchiveBytes), filemode.Regular)
	_, err := newSource(t).Archive(t.Context(), o.url(), o.commitTree(big))
	var size *SizeError
	require.ErrorAs(t, err, &size)
	require.EqualValues(t, MaxArchiveBytes, size.Limit)

	// A few objects that stand for very many files.
	var level []object.TreeEntry
	for _, name := range "0123456789abcdef" {
		level = append(level, o.blob(string(name), "x", filemode.Regular))
	}
	for range 6 {
		tree := o.repo.Storer.NewEncodedObject()
		require.NoError(t, (&object.Tree{Entries: level}).Encode(tree))
		hash, err := o.repo.Storer.SetEncodedObject(tree)
		require.NoError(t, err)
		for i := range level {
			level[i].Mode, level[i].Hash = filemode.Dir, hash
		}
	}
	_, err = newSource(t).Archive(t.Context(), o.url(), o.commitTree(level...))
	require.ErrorAs(t, err, &size)
}

func TestSubmodulesAreEmptyDirectories(t *testing.T) {
	o := newOrigin(t)
	archive, err := newSource(t).Archive(t.Context(), o.url(), o.commitTree(object.TreeEntry{Name: "sub", Mode: filemode.Submodule, Hash: o.blob("x", "x", filemode.Regular).Hash}))
	require.NoError(t, err)
	require.Equal(t, []string{"dir sub/"}, entries(t, archive))
}

// TestLinksStayInside resolves links as the kernel does, in a tree where names
// may be links themselves.
func TestLinksStayInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		root, err := os.MkdirTemp("", "aiolos-links-")
		require.NoError(t, err)
		defer func() { _ = os.RemoveAll(root) }()
		inside := filepath.Join(root, "1/2/tree")
		require.NoError(t, os.MkdirAll(filepath.Join(inside, "x/y"), 0o755))
		part := rapid.SampledFrom([]string{"..", ".", "x", "y", "a", "b", ""})
		names := []string{"a", "x/b", "x/y/a"}
		for _, name := range names {
			target := strings.Join(rapid.SliceOfN(part, 1, 5).Draw(t, "target"), "/")
			if staysInside(name, target) {
				require.NoError(t, os.Symlink(target, filepath.Join(inside, name)))
			}
		}
		for _, name := range names {
			// A link that leads nowhere, or round in circles, leads to no harm.
			if to, err := filepath.EvalSymlinks(filepath.Join(inside, name)); err == nil {
				require.True(t, to == inside || strings.HasPrefix(to, inside+"/"), to)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("https://robot:word@host/x?token=y#z")
	f.Add("git@host:x")
	f.Add("file:///srv/x")
	f.Fuzz(func(t *testing.T, text string) {
		at, err := (&Source{AllowLocal: true}).parse(text)
		var invalid *deploy.InvalidError
		if errors.As(err, &invalid) {
			return
		}
		require.NoError(t, err)
		shown, err := url.Parse(at.shown)
		require.NoError(t, err)
		require.Nil(t, shown.User)
		require.Empty(t, shown.RawQuery)
	})
}
