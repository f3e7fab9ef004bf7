package puppet

import (
	"archive/tar"
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"
	"time"

	"aiolos/deploy"
	"aiolos/deploy/puppet"
)

// ours is the folder of the archive that holds what Aiolos adds to the code.
const ours = ".aiolos"

//go:embed run.rb
var preload []byte

// built holds the archive of each built-in module: a deployment asks for the same
// one once for each of its nodes.
var built sync.Map

// moduleArchive returns the tar of a built-in module, in "modules".
func moduleArchive(name string) ([]byte, error) {
	if archive, ok := built.Load(name); ok {
		return archive.([]byte), nil
	}
	module, ok := puppet.Module(name)
	if !ok {
		return nil, fmt.Errorf("no built-in module %s", name)
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := addOurs(w); err != nil {
		return nil, err
	}
	// WalkDir goes in lexical order, so the same files give the same bytes.
	err := fs.WalkDir(module, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(module, p)
		if err != nil {
			return err
		}
		return add(w, path.Join("modules", name, p), content)
	})
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("pack module %s: %w", name, err)
	}
	archive, _ := built.LoadOrStore(name, b.Bytes())
	return archive.([]byte), nil
}

// treeArchive returns the tar of a tree with what Aiolos adds put before it: two
// tars in a row are one once the end mark of the first is left out.
func treeArchive(tree []byte, manifest string) ([]byte, error) {
	if err := checkTree(tree, manifest); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Grow(len(tree) + len(preload) + 2<<10)
	w := tar.NewWriter(&b)
	if err := addOurs(w); err != nil {
		return nil, err
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	b.Write(tree)
	return b.Bytes(), nil
}

// checkTree looks for the manifest, and for names that are ours.
func checkTree(tree []byte, manifest string) error {
	r := tar.NewReader(bytes.NewReader(tree))
	found := false
	var manifests []string
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return &deploy.InvalidError{Problems: []deploy.Problem{{Field: "archive", Value: err.Error(), Allowed: "a tar"}}}
		}
		name := path.Clean(h.Name)
		switch {
		case name == ours || strings.HasPrefix(name, ours+"/"):
			return &deploy.InvalidError{Problems: []deploy.Problem{{Field: "archive", Value: name, Allowed: "a repository without " + ours + ", which Aiolos puts there"}}}
		case name == manifest:
			found = true
		case strings.HasSuffix(name, ".pp") && len(manifests) < 10:
			manifests = append(manifests, name)
		}
	}
	if !found {
		allowed := "a file of the repository, which has no manifest at all"
		if len(manifests) > 0 {
			allowed = "a file of the repository, which has " + strings.Join(manifests, ", ")
		}
		return &deploy.InvalidError{Problems: []deploy.Problem{{Field: "manifest", Value: manifest, Allowed: allowed}}}
	}
	return nil
}

func addOurs(w *tar.Writer) error { return add(w, ours+"/run.rb", preload) }

// add adds a file. Modes and times are constant, so that the archive depends on
// names and contents alone; Puppet sets the modes of what it installs itself.
func add(w *tar.Writer, name string, content []byte) error {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(content)), ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err := w.Write(content)
	return err
}
