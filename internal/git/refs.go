package git

import (
	"context"
	"errors"
	"slices"
	"strings"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage"
	"github.com/go-git/go-git/v5/storage/memory"
)

const (
	peeled   = "^{}"
	maxNear  = 5
	maxNamed = 200 // characters of a ref that are compared
)

// remote is the repository as go-git's remote, for what is fetched into store.
func (at repository) remote(store storage.Storer) *gogit.Remote {
	return gogit.NewRemote(store, &config.RemoteConfig{Name: "origin", URLs: []string{at.url}})
}

// refs returns the commits of all branches and tags by their full names.
func (at repository) refs(ctx context.Context) (map[string]plumbing.Hash, error) {
	if at.local != "" {
		return at.localRefs()
	}
	all, err := at.remote(memory.NewStorage()).ListContext(ctx, &gogit.ListOptions{PeelingOption: gogit.AppendPeeled})
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, at.fetchError(err)
	}
	known := make(map[string]plumbing.Hash, len(all))
	// An annotated tag comes twice: as itself, and as what it stands for.
	for _, ref := range all {
		if ref.Type() == plumbing.HashReference && !strings.HasSuffix(ref.Name().String(), peeled) {
			known[ref.Name().String()] = ref.Hash()
		}
	}
	for _, ref := range all {
		if name, ok := strings.CutSuffix(ref.Name().String(), peeled); ok {
			known[name] = ref.Hash()
		}
	}
	return known, nil
}

// open opens a local repository. go-git's own way to file URLs starts git.
func (at repository) open() (*gogit.Repository, error) {
	repo, err := gogit.PlainOpenWithOptions(at.local, &gogit.PlainOpenOptions{EnableDotGitCommonDir: true})
	if err != nil {
		return nil, at.fetchError(err)
	}
	return repo, nil
}

func (at repository) localRefs() (map[string]plumbing.Hash, error) {
	repo, err := at.open()
	if err != nil {
		return nil, err
	}
	all, err := repo.References()
	if err != nil {
		return nil, at.fetchError(err)
	}
	known := map[string]plumbing.Hash{}
	err = all.ForEach(func(ref *plumbing.Reference) error {
		if ref.Type() != plumbing.HashReference {
			return nil
		}
		hash := ref.Hash()
		for {
			tag, err := repo.TagObject(hash)
			if errors.Is(err, plumbing.ErrObjectNotFound) {
				break // a commit
			}
			if err != nil {
				return err
			}
			hash = tag.Target
		}
		known[ref.Name().String()] = hash
		return nil
	})
	if err != nil {
		return nil, at.fetchError(err)
	}
	return known, nil
}

// near returns the short names most like ref, the most like first.
func near(ref string, known map[string]plumbing.Hash) []string {
	var names []string
	for full := range known {
		for _, prefix := range []string{"refs/tags/", "refs/heads/"} {
			if name, ok := strings.CutPrefix(full, prefix); ok {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	like := make(map[string]int, len(names))
	for _, name := range names {
		like[name] = distance(cut(ref), cut(name))
	}
	slices.SortStableFunc(names, func(a, b string) int { return like[a] - like[b] })
	return names[:min(len(names), maxNear)]
}

func cut(s string) string { return s[:min(len(s), maxNamed)] }

// distance is how many bytes have to be added, removed or replaced to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
