package job

import (
	"archive/tar"
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"aiolos/internal/remote"
)

//go:embed wrapper.sh
var wrapperScript []byte

// pack makes the tar of the job's directory, named top, that run.sh unpacks.
func (s Spec) pack(top string) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(len(s.Archive) + len(s.Script) + len(wrapperScript) + 16<<10)
	w := tar.NewWriter(&b)
	script := s.Script
	if !bytes.HasPrefix(script, []byte("#!")) {
		script = append([]byte("#!/bin/sh\n"), script...)
	}
	type member struct {
		name string
		mode int64
		body []byte
	}
	members := []member{
		{"/", 0o700, nil}, {"files/", 0o755, nil}, {"wrapper", 0o600, append([]byte(lib), wrapperScript...)}, {"script", 0o700, script},
		{"output", 0o600, nil}, {"outputs", 0o600, nil}, {"lock", 0o600, nil},
		// The place for the exit code, kept from the beginning.
		{"exit.new", 0o600, bytes.Repeat([]byte{' '}, 128)},
	}
	if len(s.Env) > 0 {
		members = append(members, member{"env", 0o600, s.environment()})
	}
	if mask := sedScript(s.Secrets); len(mask) > 0 {
		members = append(members, member{"mask", 0o600, mask})
	}
	if s.Exclusive != "" {
		members = append(members, member{"exclusive", 0o600, []byte(s.Exclusive + "\n")})
	}
	add := func(m member) error {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: top + "/" + m.name, Mode: m.mode, Size: int64(len(m.body))}
		if strings.HasSuffix(m.name, "/") {
			h.Typeflag, h.Name = tar.TypeDir, path.Join(top, m.name)+"/"
		}
		if err := w.WriteHeader(h); err != nil {
			return err
		}
		_, err := w.Write(m.body)
		return err
	}
	for _, m := range members {
		if err := add(m); err != nil {
			return nil, fmt.Errorf("pack job %s: %w", s.ID, err)
		}
	}
	if err := s.packArchive(w, top+"/files"); err != nil {
		return nil, err
	}
	if err := errors.Join(add(member{"complete", 0o600, nil}), w.Close()); err != nil {
		return nil, fmt.Errorf("pack job %s: %w", s.ID, err)
	}
	return b.Bytes(), nil
}

// environment renders Env as commands of a shell.
func (s Spec) environment() []byte {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		fmt.Fprintf(&b, "export %s=%s\n", name, remote.Quote(s.Env[name]))
	}
	return b.Bytes()
}

// packArchive copies the members of the archive to below top. Whose they were
// where the archive was made means nothing on the node.
func (s Spec) packArchive(w *tar.Writer, top string) error {
	if s.Archive == nil {
		return nil
	}
	for r := tar.NewReader(bytes.NewReader(s.Archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return &SpecError{Field: "archive", Value: err.Error(), Allowed: "a tar"}
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue // git's own note of the commit
		}
		if err := checkMember(h); err != nil {
			return err
		}
		under := tar.Header{Typeflag: h.Typeflag, Name: top + "/" + h.Name, Linkname: h.Linkname, Size: h.Size, Mode: h.Mode}
		if h.Typeflag == tar.TypeLink {
			under.Linkname = top + "/" + h.Linkname
		}
		if err := w.WriteHeader(&under); err != nil {
			return &SpecError{Field: "archive", Value: h.Name, Allowed: "a member that fits a tar: " + err.Error()}
		}
		if _, err := io.Copy(w, r); err != nil { //nolint:gosec // a tar is not compressed
			return &SpecError{Field: "archive", Value: err.Error(), Allowed: "a tar that is whole"}
		}
	}
}

// checkMember refuses what would end up outside the directory. Symbolic links
// may point anywhere: tar makes them last, so nothing is written through them.
func checkMember(h *tar.Header) error {
	if !filepath.IsLocal(h.Name) {
		return &SpecError{Field: "archive", Value: h.Name, Allowed: "names below the working directory"}
	}
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeDir, tar.TypeSymlink:
	case tar.TypeLink:
		if !filepath.IsLocal(h.Linkname) {
			return &SpecError{Field: "archive", Value: h.Linkname, Allowed: "links to files of the archive"}
		}
	default:
		return &SpecError{Field: "archive", Value: h.Name, Allowed: "files, directories and links"}
	}
	return nil
}
