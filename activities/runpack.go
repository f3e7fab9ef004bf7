package activities

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"aiolos/deploy"
)

// ownDir is where a job's directory of files holds what guard.sh needs: no file
// of a blueprint goes there.
const ownDir = ".aiolos"

// defaultMode is a file's mode unless the blueprint gives one.
const defaultMode = 0o644

// pack makes the archive of a script, its guards and its files.
func (d *Deeds) pack(ctx context.Context, in ActionInput[RunConfig]) ([]byte, error) {
	p := newPacker()
	for _, part := range []struct{ name, content string }{
		{"creates", in.Config.Creates}, {"script", in.Config.Script}, {"unless", in.Config.Unless},
	} {
		if part.content != "" {
			p.file(path.Join(ownDir, part.name), []byte(part.content), 0o700)
		}
	}
	for i, f := range in.Config.Files {
		if err := d.packFile(ctx, p, in, i, f); err != nil {
			return nil, err
		}
	}
	return p.end()
}

// packFile adds one file, or the tree of a git repository. One with an absolute
// path goes where guard.sh looks for it.
func (d *Deeds) packFile(ctx context.Context, p *packer, in ActionInput[RunConfig], index int, f RunFile) error {
	at := f.Path
	if path.IsAbs(f.Path) {
		install := path.Join(ownDir, "install", fmt.Sprintf("%04d", index))
		p.file(path.Join(install, "path"), []byte(f.Path), 0o600)
		at = path.Join(install, "content")
	}
	mode := int64(defaultMode)
	if f.Mode != "" {
		mode, _ = strconv.ParseInt(f.Mode, 8, 64) // checked when the plan was made
	}
	switch {
	case f.Git != "":
		tree, err := d.Sources.Archive(ctx, f.Git, f.Commit)
		if err != nil {
			return err
		}
		return p.tree(at, tree, f)
	case f.URL != "":
		content, _, err := d.Fetcher.Get(ctx, f.URL, f.SHA256)
		if err != nil {
			return err
		}
		p.file(at, content, mode)
	case f.File != "":
		content, err := d.Requests.File(ctx, in.Deployment, in.Run, f.File)
		if err != nil {
			return err
		}
		p.file(at, content, mode)
	case f.Content != nil:
		p.file(at, []byte(*f.Content), mode)
	}
	return nil
}

// packer writes a tar in memory; the first error is told at the end.
type packer struct {
	b    bytes.Buffer
	w    *tar.Writer
	dirs map[string]bool
	err  error
}

func newPacker() *packer {
	p := &packer{dirs: map[string]bool{}}
	p.w = tar.NewWriter(&p.b)
	return p
}

func (p *packer) file(name string, content []byte, mode int64) {
	p.parents(name)
	p.write(&tar.Header{Name: name, Mode: mode, Size: int64(len(content)), Typeflag: tar.TypeReg}, content)
}

// parents adds the directories above a name: the node's umask must not make them.
func (p *packer) parents(name string) {
	dir := path.Dir(name)
	if dir == "." || dir == "/" || p.dirs[dir] {
		return
	}
	p.parents(dir)
	p.dirs[dir] = true
	p.write(&tar.Header{Name: dir + "/", Mode: 0o755, Typeflag: tar.TypeDir}, nil)
}

func (p *packer) write(h *tar.Header, content []byte) {
	if p.err == nil {
		p.err = p.w.WriteHeader(h)
	}
	if p.err == nil && len(content) > 0 {
		_, p.err = p.w.Write(content)
	}
}

func (p *packer) end() ([]byte, error) {
	if p.err == nil {
		p.err = p.w.Close()
	}
	return p.b.Bytes(), p.err
}

// tree adds what a git repository holds at a source, a file or a directory.
func (p *packer) tree(at string, archive []byte, f RunFile) error {
	r := tar.NewReader(bytes.NewReader(archive))
	found := false
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		name := path.Clean(strings.TrimPrefix(h.Name, "./"))
		to, within := below(at, name, f.Source)
		if !within {
			continue
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		found = true
		switch {
		case h.Typeflag == tar.TypeDir:
			if !p.dirs[to] {
				p.parents(to + "/x")
			}
		case h.Typeflag == tar.TypeReg && to == at && f.Mode != "":
			mode, _ := strconv.ParseInt(f.Mode, 8, 64)
			p.file(to, content, mode)
		case h.Typeflag == tar.TypeReg:
			p.file(to, content, h.Mode&0o777)
		case h.Typeflag == tar.TypeSymlink:
			p.parents(to)
			p.write(&tar.Header{Name: to, Linkname: h.Linkname, Mode: 0o777, Typeflag: tar.TypeSymlink}, nil)
		}
	}
	if !found {
		return &missingSourceError{f}
	}
	return nil
}

// below maps a name of the repository to its place, if it lies within the source.
func below(at, name, source string) (to string, within bool) {
	switch {
	case source == "" && name != ".":
		return path.Join(at, name), true
	case source == name:
		return at, true
	case source != "" && strings.HasPrefix(name, source+"/"):
		return path.Join(at, strings.TrimPrefix(name, source+"/")), true
	}
	return "", false
}

// missingSourceError says that a repository does not hold what a blueprint wants of it.
type missingSourceError struct{ f RunFile }

func (e *missingSourceError) Error() string {
	return fmt.Sprintf("%s has no %s at %s (commit %s)", e.f.Git, e.f.Source, e.f.Ref, e.f.Commit)
}

// Kind tells that it is the source that is wrong.
func (e *missingSourceError) Kind() deploy.Kind { return deploy.KindSource }
