package aeolus

import "strings"

// element is an element of the text, with what is needed to say where it stands.
type element struct {
	name       string
	at         int // offset of its <
	parent     *element
	attributes []attribute
	children   []*element
	text       strings.Builder
	// textAt is where its first text stands that is no blank.
	textAt int
}

type attribute struct {
	name, value string
	at          int
}

// attribute returns an attribute; nil if there is none.
func (e *element) attribute(name string) *attribute {
	if e == nil {
		return nil
	}
	for i := range e.attributes {
		if e.attributes[i].name == name {
			return &e.attributes[i]
		}
	}
	return nil
}

// value returns the value of an attribute, empty if there is none.
func (e *element) value(name string) string {
	if a := e.attribute(name); a != nil {
		return a.value
	}
	return ""
}

// named is where the name of an element stands, or the element that lacks one.
func (e *element) named() int {
	if a := e.attribute("name"); a != nil {
		return a.at
	}
	return e.at
}

// child returns the first child of that name; nil if there is none.
func (e *element) child(name string) *element {
	if e == nil {
		return nil
	}
	for _, c := range e.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// all returns the children of that name of the child called within.
func (e *element) all(within, name string) []*element {
	var found []*element
	if list := e.child(within); list != nil {
		for _, c := range list.children {
			if c.name == name {
				found = append(found, c)
			}
		}
	}
	return found
}

// path tells where an element stands for a person: by the names of what it
// belongs to, without the elements that only hold lists.
func (e *element) path() string {
	var parts []string
	for ; e != nil; e = e.parent {
		if e.parent != nil && len(parts) > 0 && lists[e.name] {
			continue
		}
		if e.parent == nil && len(parts) > 0 {
			break
		}
		part := oneLine(e.name, maxPathName)
		if name := e.value("name"); name != "" && e.parent != nil {
			part += "[" + oneLine(name, maxPathName) + "]"
		}
		parts = append(parts, part)
	}
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, ".")
}

// lists are the elements that only hold others.
var lists = map[string]bool{"assemblies": true, "services": true, "files": true, "parameters": true, "returns": true}
