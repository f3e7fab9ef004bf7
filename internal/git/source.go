// Package git fetches the trees that git repositories hold, without a git binary.
package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"golang.org/x/sync/singleflight"
)

// Source fetches from git repositories, and keeps the trees that it fetched. It
// is safe for concurrent use.
type Source struct {
	// AllowLocal permits file:// URLs, for hosts without a network and for tests.
	// Whoever may write a blueprint can then read the worker's repositories.
	AllowLocal bool

	cacheDir string
	fetches  singleflight.Group
}

// Bounds of what is fetched.
const (
	// MaxArchiveBytes bounds the tar of a tree.
	MaxArchiveBytes = 64 << 20
	// maxPackBytes bounds what is downloaded for it, which may be the history too.
	maxPackBytes = 512 << 20
	// fetchTimeout bounds one fetch: those who wait for it may each give up
	// earlier, and leave it to the others.
	fetchTimeout = 10 * time.Minute
)

var commitHash = regexp.MustCompile(`^[0-9a-f]{40}$`)

// New returns a Source that keeps trees under cacheDir, by commit. The directory
// is made when the first tree is kept.
func New(cacheDir string) *Source { return &Source{cacheDir: cacheDir} }

// Resolve returns the commit that ref stands for now: a tag (annotated or not),
// else a branch, or the full hash of a commit, which is taken as it is. Errors
// are *deploy.InvalidError for a URL that is not allowed, *RefError, *FetchError.
func (s *Source) Resolve(ctx context.Context, url, ref string) (string, error) {
	at, err := s.parse(url)
	if err != nil {
		return "", err
	}
	known, err := at.refs(ctx)
	if err != nil {
		return "", err
	}
	if commitHash.MatchString(ref) {
		return ref, nil
	}
	for _, name := range []string{"refs/tags/" + ref, "refs/heads/" + ref, ref} {
		if commit, ok := known[name]; ok {
			return commit.String(), nil
		}
	}
	return "", &RefError{URL: at.shown, Ref: ref, Known: near(ref, known)}
}

// Archive returns the tree of a commit as a tar of at most MaxArchiveBytes, whose
// bytes depend on the tree alone. It is fetched once, by however many callers at
// once, and then kept. Errors are *deploy.InvalidError, *RefError for a commit
// that the repository has not, *FetchError, *SizeError, *TreeError.
func (s *Source) Archive(ctx context.Context, url, commit string) ([]byte, error) {
	at, err := s.parse(url)
	if err != nil {
		return nil, err
	}
	if !commitHash.MatchString(commit) {
		return nil, &RefError{URL: at.shown, Ref: commit}
	}
	kept := filepath.Join(s.cacheDir, commit+".tar")
	if archive, err := os.ReadFile(kept); err == nil { //nolint:gosec // a file named by a hash, below the cache
		return archive, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the tree of %s: %w", commit, err)
	}
	// By URL as well: another repository's failure is not this one's.
	fetched := s.fetches.DoChan(commit+" "+url, func() (any, error) {
		// One caller's end must not take the tree from the others.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
		defer cancel()
		archive, err := at.archive(ctx, commit)
		if err != nil {
			return nil, err
		}
		return archive, s.keep(kept, archive)
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-fetched:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.([]byte), nil
	}
}

// keep writes the archive so that it is there whole or not at all.
func (s *Source) keep(path string, archive []byte) error {
	if err := os.MkdirAll(s.cacheDir, 0o700); err != nil {
		return fmt.Errorf("keep a tree: %w", err)
	}
	f, err := os.CreateTemp(s.cacheDir, ".tree-*")
	if err != nil {
		return fmt.Errorf("keep a tree: %w", err)
	}
	_, err = f.Write(archive)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("keep a tree: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
