package aeolus

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"aiolos/deploy"
)

// Bounds of what is told: who made more mistakes has enough to begin with, and
// nobody reads a value that fills the screen.
const (
	maxProblems = 100
	maxShown    = 200
	maxPathName = 40
	maxKnown    = 50
)

// empty is how an empty text is shown, as no value means that nothing is set.
const empty = `""`

// problems collects what is wrong with a deployable, so that all is told at once.
type problems struct {
	text []byte
	list []deploy.Problem
	// cut says that the text ends in a mistake of syntax: nothing can be said of
	// what is not there.
	cut bool
}

// add notes what was found at an offset of the text and is wrong.
func (p *problems) add(at int, field, found, allowed string, args ...any) {
	if found == "" {
		found = empty
	}
	p.note(at, field, found, fmt.Sprintf(allowed, args...))
}

// missing notes that something is not there.
func (p *problems) missing(at int, field, allowed string, args ...any) {
	if !p.cut {
		p.note(at, field, "", fmt.Sprintf(allowed, args...))
	}
}

func (p *problems) note(at int, field, found, allowed string) {
	if len(p.list) >= maxProblems {
		return
	}
	line, column := position(p.text, at)
	p.list = append(p.list, deploy.Problem{Field: field, Value: shorten(found), Allowed: allowed, Line: line, Column: column})
}

// err is nil when there are no problems. They come in the order of the text.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b deploy.Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &deploy.InvalidError{Problems: p.list}
}

// position tells the line and the column of an offset, both from 1; a column is
// a character.
func position(text []byte, at int) (line, column int) {
	before := text[:min(max(at, 0), len(text))]
	line = 1 + bytes.Count(before, []byte{'\n'})
	return line, 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
}

// suggest says which names are known, and first the one that was probably meant.
// What is compared is bounded, as both come from anywhere.
func (p *problems) suggest(name string, known []string) string {
	if len(p.list) >= maxProblems {
		return ""
	}
	var shown []string
	for _, k := range known[:min(len(known), maxKnown)] {
		shown = append(shown, oneLine(k, maxPathName))
	}
	return deploy.Suggest(oneLine(name, maxPathName), shown)
}

// shorten keeps what was found short enough to be shown.
func shorten(value string) string {
	if len(value) <= maxShown {
		return value
	}
	return strings.ToValidUTF8(value[:maxShown], "") + "…"
}

// oneLine makes a text fit to stand within a line: in a path, or in a comment.
func oneLine(text string, most int) string {
	var b strings.Builder
	for _, word := range strings.Fields(text) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		for _, r := range word {
			if b.Len() >= most {
				return b.String() + "…"
			}
			if !unicode.IsPrint(r) {
				r = '?'
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}
