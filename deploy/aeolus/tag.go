package aeolus

import (
	"encoding/xml"
	"strings"
)

// tag tells the name of an element as it is written, and its attributes with
// the places where they stand, which the decoder does not keep.
func tag(text []byte, start int, t xml.StartElement) (name string, attributes []attribute) {
	s := scanner{text: text, at: start + 1}
	name = s.name()
	attributes = make([]attribute, len(t.Attr))
	for i, a := range t.Attr {
		s.blanks()
		attributes[i].at = s.at
		attributes[i].name = s.name()
		// A line break in an attribute counts as a blank (XML 1.0, 3.3.3).
		attributes[i].value = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\t", " ").Replace(a.Value)
		s.value()
	}
	return name, attributes
}

// scanner goes through a tag that the decoder has found to be right.
type scanner struct {
	text []byte
	at   int
}

func (s *scanner) blanks() {
	for s.at < len(s.text) && strings.IndexByte(blanks, s.text[s.at]) >= 0 {
		s.at++
	}
}

func (s *scanner) name() string {
	start := s.at
	for s.at < len(s.text) && strings.IndexByte(blanks+"=/>", s.text[s.at]) < 0 {
		s.at++
	}
	return string(s.text[start:s.at])
}

// value goes past `= "…"`.
func (s *scanner) value() {
	s.blanks()
	s.at++ // the equals sign
	s.blanks()
	if s.at >= len(s.text) {
		return
	}
	quote := s.text[s.at]
	for s.at++; s.at < len(s.text) && s.text[s.at] != quote; s.at++ {
	}
	s.at++
}
