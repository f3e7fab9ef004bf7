package aeolus

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"aiolos/deploy"
)

// Bounds of a text. The grammar nests eight elements; what is nested deeper or
// has more of them than any deployable is not worth reading on.
const (
	maxElements   = 20_000
	maxNesting    = 16
	maxAttributes = 50 // of an element
)

const wellFormed = "well-formed XML 1.0"

// blanks are the characters that XML counts as such.
const blanks = " \t\r\n"

var byteOrderMark = []byte("\xef\xbb\xbf")

// Is says whether a text looks like XML and not like YAML, without reading it.
func Is(text []byte) bool {
	text = bytes.TrimLeft(bytes.TrimPrefix(text, byteOrderMark), blanks)
	return len(text) > 0 && text[0] == '<'
}

// parser makes the tree of elements of a text.
type parser struct {
	problems
	decoder  *xml.Decoder
	encoding string
	root     *element
	open     *element
	elements int
	depth    int
}

// parse returns the outermost element of a text; nil if there is none. A text
// that breaks off is kept as far as it goes.
func (p *parser) parse() *element {
	switch {
	case len(p.text) > deploy.MaxSourceBytes:
		p.add(0, "deployable", strconv.Itoa(len(p.text))+" bytes", "at most %d bytes", deploy.MaxSourceBytes)
		return nil
	case bytes.HasPrefix(p.text, []byte("\xff\xfe")), bytes.HasPrefix(p.text, []byte("\xfe\xff")):
		p.add(0, "deployable", "UTF-16", "a text in UTF-8")
		return nil
	}
	p.decoder = xml.NewDecoder(bytes.NewReader(p.text))
	p.decoder.CharsetReader = func(label string, input io.Reader) (io.Reader, error) {
		p.encoding = label
		return input, nil
	}
	for {
		start := int(p.decoder.InputOffset())
		token, err := p.decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			p.broken(start, err)
			break
		}
		if !p.take(start, token) {
			p.cut = true
			break
		}
	}
	if p.root == nil && len(p.list) == 0 {
		p.missing(0, "deployable", "an element <deployable>")
	}
	return p.root
}

// take adds a token to the tree; ok is false if it is useless to read on.
func (p *parser) take(start int, token xml.Token) (ok bool) {
	switch t := token.(type) {
	case xml.StartElement:
		return p.start(start, t)
	case xml.EndElement:
		p.open, p.depth = p.open.parent, p.depth-1
	case xml.CharData:
		p.characters(start, t)
	case xml.Directive:
		// Entities are all that it could bring, and they are how a small text
		// becomes a large one.
		p.add(start, "deployable", oneLine("<!"+string(t), maxPathName), "no document type: a deployable has none, and entities of one's own are not expanded")
		return false
	case xml.ProcInst:
		if !strings.EqualFold(t.Target, "xml") {
			return true
		}
		if start > 0 {
			p.add(start, "deployable", "<?"+t.Target, "an XML declaration at the very beginning only")
		}
		if p.encoding != "" && !strings.EqualFold(p.encoding, "us-ascii") {
			p.add(start, "deployable", p.encoding, "the encoding UTF-8")
			return false
		}
	}
	return true
}

func (p *parser) start(start int, t xml.StartElement) bool {
	e := &element{at: start, parent: p.open, textAt: -1}
	e.name, e.attributes = tag(p.text, start, t)
	p.elements, p.depth = p.elements+1, p.depth+1
	switch {
	case p.elements > maxElements:
		p.add(start, "deployable", "more elements", "at most %d", maxElements)
		return false
	case p.depth > maxNesting:
		p.add(start, "deployable", "deeper nesting", "at most %d levels", maxNesting)
		return false
	case len(t.Attr) > maxAttributes:
		p.add(start, "deployable", "more attributes", "at most %d", maxAttributes)
		return false
	case p.open != nil:
		p.open.children = append(p.open.children, e)
	case p.root != nil:
		p.add(start, "deployable", "<"+e.name+">", "one outermost element")
		return false
	default:
		p.root = e
	}
	p.open = e
	return true
}

func (p *parser) characters(start int, data []byte) {
	blank := len(bytes.Trim(data, blanks)) == 0
	if p.open == nil {
		if !blank {
			p.add(p.skipBlanks(start), "deployable", strings.Trim(string(data), blanks), "nothing outside of the outermost element")
		}
		return
	}
	if !blank && p.open.textAt < 0 {
		p.open.textAt = p.skipBlanks(start)
	}
	p.open.text.Write(data)
}

// skipBlanks is where the first character stands that is no blank.
func (p *parser) skipBlanks(start int) int {
	return len(p.text) - len(bytes.TrimLeft(p.text[start:], blanks))
}

// broken notes a mistake of syntax, after which nothing can be read.
func (p *parser) broken(start int, err error) {
	p.cut = true
	message, at := err.Error(), max(start, int(p.decoder.InputOffset())-1)
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		message = syntax.Msg
	}
	message = strings.TrimPrefix(message, "xml: ")
	allowed := wellFormed
	switch {
	case strings.HasPrefix(message, "element "), strings.HasPrefix(message, "unsupported version"):
		at = start
	case strings.HasPrefix(message, "invalid character entity"):
		allowed += ", where &lt; &gt; &amp; &apos; &quot; and the likes of &#10; are the only entities"
	case message == "unexpected EOF":
		message = "the end of the text"
		at = len(p.text)
		if p.open != nil {
			allowed += ": <" + oneLine(p.open.name, maxPathName) + "> is not closed"
		}
	}
	p.add(at, "deployable", message, "%s", allowed)
}
