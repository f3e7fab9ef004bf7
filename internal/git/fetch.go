package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/go-git/go-billy/v5/osfs"
	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// archive fetches a commit, with no more of its history than it must, and makes
// the tar of its tree.
func (at repository) archive(ctx context.Context, commit string) ([]byte, error) {
	hash := plumbing.NewHash(commit)
	if at.local != "" {
		repo, err := at.open()
		if err != nil {
			return nil, err
		}
		return at.pack(repo.Storer, hash)
	}
	known, err := at.refs(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "aiolos-git-")
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", at.shown, err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	store := &boundedStore{Storage: filesystem.NewStorage(osfs.New(dir), cache.NewObjectLRUDefault()), url: at.shown}
	for _, want := range wants(hash, known) {
		err = at.remote(store).FetchContext(ctx, &want)
		if err == nil || errors.Is(err, gogit.NoErrAlreadyUpToDate) {
			err = nil
			if store.HasEncodedObject(hash) == nil {
				break
			}
		}
		// A server that does not do it this way may do it the next.
		var size *SizeError
		if errors.As(err, &size) || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return nil, at.fetchError(err)
	}
	return at.pack(store, hash)
}

// wants are the ways to ask for a commit, the cheapest first. All refs with their
// history come last: they hold a commit that no ref names any longer, and whose
// server does not hand out commits by their hash.
func wants(hash plumbing.Hash, known map[string]plumbing.Hash) []gogit.FetchOptions {
	one := func(from string) gogit.FetchOptions {
		return gogit.FetchOptions{Depth: 1, Tags: gogit.NoTags, RefSpecs: []config.RefSpec{config.RefSpec(from + ":refs/aiolos/wanted")}}
	}
	var ways []gogit.FetchOptions
	for name, commit := range known {
		if commit == hash {
			ways = append(ways, one(name))
			break
		}
	}
	if len(ways) == 0 {
		ways = append(ways, one(hash.String()))
	}
	return append(ways, gogit.FetchOptions{Tags: gogit.NoTags, RefSpecs: []config.RefSpec{"+refs/heads/*:refs/aiolos/heads/*", "+refs/tags/*:refs/aiolos/tags/*"}})
}

// boundedStore ends a fetch that brings too much.
type boundedStore struct {
	*filesystem.Storage
	url string
}

// PackfileWriter implements the interface through which go-git stores a download.
func (s *boundedStore) PackfileWriter() (io.WriteCloser, error) {
	w, err := s.Storage.PackfileWriter()
	if err != nil {
		return nil, err
	}
	return &boundedWriter{WriteCloser: w, left: maxPackBytes, url: s.url}, nil
}

type boundedWriter struct {
	io.WriteCloser
	left int64
	url  string
}

func (w *boundedWriter) Write(p []byte) (int, error) {
	if w.left -= int64(len(p)); w.left < 0 {
		return 0, &SizeError{URL: w.url, What: "the download", Limit: maxPackBytes}
	}
	return w.WriteCloser.Write(p)
}
