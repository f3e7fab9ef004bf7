package aeolus

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// writer writes YAML for a person to read. Texts keep every byte: the YAML
// library that reads them would make one line break of another if it also wrote
// them.
type writer struct{ b strings.Builder }

const indentation = "  "

func (w *writer) indent(depth int) { w.b.WriteString(strings.Repeat(indentation, depth)) }

// line writes text as it is.
func (w *writer) line(depth int, text string) {
	w.indent(depth)
	w.b.WriteString(text)
	w.b.WriteByte('\n')
}

// comment writes a text of anybody's as a comment of one line.
func (w *writer) comment(depth int, text string) { w.line(depth, "# "+oneLine(text, maxShown)) }

// key writes the beginning of a mapping.
func (w *writer) key(depth int, key string) { w.line(depth, inline(key)+":") }

// field writes a field whose value is a text.
func (w *writer) field(depth int, key, value string) {
	w.indent(depth)
	w.value(depth, inline(key)+":", value)
}

// item writes a field as the first of a mapping in a list.
func (w *writer) item(depth int, key, value string) {
	w.indent(depth)
	w.value(depth+1, "- "+inline(key)+":", value)
}

// value writes a text after the key that stands at depth.
func (w *writer) value(depth int, key, text string) {
	w.b.WriteString(key)
	w.b.WriteByte(' ')
	if !isBlock(text) {
		w.b.WriteString(inline(text) + "\n")
		return
	}
	w.b.WriteByte('|')
	if strings.ContainsRune(" \t\n", rune(text[0])) {
		w.b.WriteString(strconv.Itoa(len(indentation))) // it could not be told from the first line
	}
	body, ended := strings.CutSuffix(text, "\n")
	switch {
	case !ended:
		w.b.WriteByte('-')
	case strings.HasSuffix(body, "\n"):
		w.b.WriteByte('+')
	}
	w.b.WriteByte('\n')
	for line := range strings.SplitSeq(body, "\n") {
		if line != "" {
			w.indent(depth + 1)
		}
		w.b.WriteString(line + "\n")
	}
}

// isBlock says whether a text can stand in a block of its own lines: it has
// some, and consists of characters that YAML keeps and people see.
func isBlock(text string) bool {
	return strings.Contains(text, "\n") && strings.Trim(text, blanks) != "" &&
		!strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsGraphic(r) })
}

var (
	plainText = regexp.MustCompile(`\A[A-Za-z][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*\z`)
	// notText are words that some reader of YAML takes for something else.
	notText = []string{"true", "false", "yes", "no", "off", "y", "n", "null", "nan", "inf"}
)

// inline makes a text a value that stands within a line.
func inline(text string) string {
	if plainText.MatchString(text) && !slices.Contains(notText, strings.ToLower(text)) {
		return text
	}
	if strings.Contains(text, `"`) && !strings.ContainsFunc(text, func(r rune) bool { return r == '\'' || !unicode.IsGraphic(r) }) {
		return "'" + text + "'"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case unicode.IsGraphic(r):
			b.WriteRune(r)
		case r <= 0xff:
			b.WriteString(`\x` + hex(r, 2))
		case r <= 0xffff:
			b.WriteString(`\u` + hex(r, 4))
		default:
			b.WriteString(`\U` + hex(r, 8))
		}
	}
	b.WriteByte('"')
	return b.String()
}

func hex(r rune, digits int) string {
	text := strconv.FormatInt(int64(r), 16)
	return strings.Repeat("0", digits-len(text)) + text
}
