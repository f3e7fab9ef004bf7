package git

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"path"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// maxPath bounds a file's path and the target of a symbolic link, in bytes: Linux
// takes no longer ones.
const (
	maxPath  = 4096
	maxShown = 200
)

// pack makes the tar of a commit's tree: sorted, with constant times and owners,
// and no modes but those that git knows.
func (at repository) pack(objects storer.EncodedObjectStorer, hash plumbing.Hash) ([]byte, error) {
	commit, err := object.GetCommit(objects, hash)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return nil, &RefError{URL: at.shown, Ref: hash.String()}
	}
	if err != nil {
		return nil, at.fetchError(err)
	}
	tree, err := commit.Tree()
	if err != nil {
		return nil, at.fetchError(err)
	}
	p := &packer{at: at}
	p.tar = tar.NewWriter(&p.out)
	if err := p.tree(tree, ""); err != nil {
		return nil, err
	}
	if err := p.tar.Close(); err != nil {
		return nil, at.fetchError(err)
	}
	return p.out.Bytes(), nil
}

type packer struct {
	at  repository
	out bytes.Buffer
	tar *tar.Writer
}

// tree adds a directory, whose name is empty or ends in a slash. Git keeps its
// entries sorted.
func (p *packer) tree(tree *object.Tree, dir string) error {
	for _, e := range tree.Entries {
		name := dir + e.Name
		if e.Name == "" || e.Name == "." || e.Name == ".." || strings.EqualFold(e.Name, ".git") || strings.ContainsAny(e.Name, "/\x00") || len(name) >= maxPath {
			return &TreeError{URL: p.at.shown, Path: name[:min(len(name), maxShown)], Reason: "is no name for a file"}
		}
		var err error
		switch e.Mode {
		case filemode.Dir:
			var sub *object.Tree
			if sub, err = tree.Tree(e.Name); err == nil {
				if err = p.header(tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755}); err == nil {
					err = p.tree(sub, name+"/")
				}
			}
		case filemode.Regular, filemode.Deprecated:
			err = p.file(tree, e, name, 0o644)
		case filemode.Executable:
			err = p.file(tree, e, name, 0o755)
		case filemode.Symlink:
			err = p.link(tree, e, name)
		case filemode.Submodule:
			// As git's own archives have it: the place, and not what belongs there.
			err = p.header(tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755})
		default:
			return &TreeError{URL: p.at.shown, Path: name, Reason: "is neither file, directory nor link"}
		}
		if err != nil {
			return p.told(err)
		}
	}
	return nil
}

// told keeps the errors of this package and makes the others one.
func (p *packer) told(err error) error {
	var tree *TreeError
	var size *SizeError
	var fetch *FetchError
	if errors.As(err, &tree) || errors.As(err, &size) || errors.As(err, &fetch) {
		return err
	}
	return p.at.fetchError(err)
}

func (p *packer) file(tree *object.Tree, e object.TreeEntry, name string, mode int64) error {
	f, err := tree.TreeEntryFile(&e)
	if err != nil {
		return err
	}
	if err := p.header(tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: f.Size}); err != nil {
		return err
	}
	r, err := f.Reader()
	if err != nil {
		return err
	}
	_, err = io.Copy(p.tar, r)
	return errors.Join(err, r.Close())
}

func (p *packer) link(tree *object.Tree, e object.TreeEntry, name string) error {
	f, err := tree.TreeEntryFile(&e)
	if err != nil {
		return err
	}
	if f.Size >= maxPath {
		return &TreeError{URL: p.at.shown, Path: name, Reason: "is a link with too long a target"}
	}
	target, err := f.Contents()
	if err != nil {
		return err
	}
	if !staysInside(name, target) {
		return &TreeError{URL: p.at.shown, Path: name, Reason: "is a link that leaves the tree"}
	}
	return p.header(tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777})
}

// staysInside tells whether a link's target lies in the tree. After a name, ".."
// may lead anywhere, since the name may be a link itself; so it is allowed at the
// beginning only, where it goes up from the link's own directory, which is none.
func staysInside(name, target string) bool {
	if target == "" || path.IsAbs(target) || strings.ContainsRune(target, 0) {
		return false
	}
	up, down := 0, false
	for _, part := range strings.Split(target, "/") {
		switch part {
		case "", ".":
		case "..":
			if down {
				return false
			}
			up++
		default:
			down = true
		}
	}
	return up <= strings.Count(name, "/")
}

// header begins an entry, unless it would make the archive too large.
func (p *packer) header(h tar.Header) error {
	// An entry's header and padding are at most a few blocks.
	if int64(p.out.Len())+h.Size+4<<10 > MaxArchiveBytes {
		return &SizeError{URL: p.at.shown, What: "the tree", Limit: MaxArchiveBytes}
	}
	h.ModTime = time.Unix(0, 0)
	return p.tar.WriteHeader(&h)
}
