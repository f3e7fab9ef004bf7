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
	if a := e.attribute("url"); a != nil {
		u, ok := parseURL(a.value)
		if !ok {
			r.add(a.at, e.path()+".url", a.value, urlAllowed)
			return
		}
		name := u.EscapedPath()[strings.LastIndexByte(u.EscapedPath(), '/')+1:]
		r.addFile(s, file{name: name, url: a.value}, a, e.path()+".url", urlAllowed+" that ends with the name of a file")
		return
	}
	contents := e.child("contents")
	if a := contents.attribute("filename"); a != nil {
		r.addFile(s, file{name: a.value, content: contents.text.String()}, a, contents.path()+".filename", fileNameAllowed)
	}
}

// addFile adds a file to a service, if it may have the name that an attribute
// gives it.
func (r *reader) addFile(s *service, f file, a *attribute, field, allowed string) {
	switch {
	case !isFileName(f.name):
		r.add(a.at, field, a.value, "%s", allowed)
		return
	case len(s.files) >= maxFiles:
		r.add(a.at, field, "more files", "at most %d in a service", maxFiles)
		return
	case f.name == start:
		r.add(a.at, field, a.value, "another name than %s, which is the executable", start)
	case slices.ContainsFunc(s.files, func(o file) bool { return o.name == f.name }):
		r.add(a.at, field, a.value, "a name that no other file of the service has")
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
