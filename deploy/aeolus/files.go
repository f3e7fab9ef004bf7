package aeolus

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// start is what the executable is called on the node.
const start = "start"

// maxFiles bounds the files of a service; its script is one more.
const maxFiles = 500

const fileNameAllowed = "the name of a file beside the script, without any directory"

const urlAllowed = "an http or https URL"

// executable reads the script of a service.
func (r *reader) executable(e *element) file {
	f := file{name: start}
	if e == nil {
		return f
	}
	if contents := e.child("contents"); contents != nil {
		f.content = contents.text.String()
	}
	if a := e.attribute("url"); a != nil {
		f.url = a.value
		if _, ok := parseURL(a.value); !ok {
			r.add(a.at, e.path()+".url", a.value, urlAllowed)
		}
	}
	return f
}

// file reads a file that is put beside the script.
func (r *reader) file(s *service, e *element) {
	var f file
	at, field, found := e.at, e.path(), ""
	if a := e.attribute("url"); a != nil {
		at, field, found = a.at, field+".url", a.value
		u, ok := parseURL(a.value)
		if !ok {
			r.add(at, field, found, urlAllowed)
			return
		}
		f = file{name: u.EscapedPath()[strings.LastIndexByte(u.EscapedPath(), '/')+1:], url: a.value}
		if !isFileName(f.name) {
			r.add(at, field, found, "%s that ends with the name of a file", urlAllowed)
			return
		}
	} else if contents := e.child("contents"); contents != nil && contents.attribute("filename") != nil {
		a := contents.attribute("filename")
		at, field, found = a.at, contents.path()+".filename", a.value
		f = file{name: a.value, content: contents.text.String()}
		if !isFileName(f.name) {
			r.add(at, field, found, fileNameAllowed)
			return
		}
	} else {
		return // said already
	}
	switch {
	case len(s.files) >= maxFiles:
		r.add(at, field, "more files", "at most %d in a service", maxFiles)
		return
	case f.name == start:
		r.add(at, field, found, "another name than %s, which is the executable", start)
	case slices.ContainsFunc(s.files, func(o file) bool { return o.name == f.name }):
		r.add(at, field, found, "a name that no other file of the service has")
	}
	s.files = append(s.files, f)
}

// isFileName says whether a file may have that name beside the script: it must
// not lead out of the directory.
func isFileName(name string) bool {
	return name != "" && name != "." && name != ".." && len(name) <= 255 && !strings.ContainsAny(name, "/\\") &&
		!strings.ContainsFunc(name, unicode.IsControl)
}

func parseURL(text string) (*url.URL, bool) {
	u, err := url.Parse(text)
	// Braces are no characters of a URL, and mean something in a blueprint.
	ok := err == nil && !strings.ContainsAny(text, " {}") && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.Opaque == ""
	return u, ok
}
