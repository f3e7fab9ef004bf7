package deploy

import "regexp"

// sealed is how a sealed value looks within a text. What stands between the
// colon and the bracket is the business of whoever seals and opens; here it only
// has to be told from other text, wherever it was put together with it.
var sealed = regexp.MustCompile(`<sealed:([A-Za-z0-9_-]+)>`)

// Hidden stands where a sensitive value would be shown.
const Hidden = "(sensitive)"

// Sealed makes the text of a sealed value out of its body, which is base64url
// without padding.
func Sealed(body string) string { return "<sealed:" + body + ">" }

// SealedBody returns what is inside a text that is one sealed value as a whole.
func SealedBody(text string) (body string, ok bool) {
	m := sealed.FindStringSubmatch(text)
	if m == nil || len(m[0]) != len(text) {
		return "", false
	}
	return m[1], true
}

// IsSealed tells whether text is one sealed value as a whole.
func IsSealed(text string) bool {
	_, ok := SealedBody(text)
	return ok
}

// HasSealed tells whether there is a sealed value anywhere in text.
func HasSealed(text string) bool { return sealed.MatchString(text) }

// ReplaceSealed replaces each sealed value in text by what open makes of it, in
// the order in which they stand there. What open returns is not looked through
// again. The first error ends it.
func ReplaceSealed(text string, open func(sealed string) (string, error)) (string, error) {
	at := sealed.FindAllStringIndex(text, -1)
	if at == nil {
		return text, nil
	}
	var b []byte
	end := 0
	for _, m := range at {
		value, err := open(text[m[0]:m[1]])
		if err != nil {
			return "", err
		}
		b = append(b, text[end:m[0]]...)
		b = append(b, value...)
		end = m[1]
	}
	return string(append(b, text[end:]...)), nil
}

// HideSealed puts Hidden in the place of each sealed value in text: what is
// sealed is safe to show, but says nothing to a person.
func HideSealed(text string) string { return sealed.ReplaceAllLiteralString(text, Hidden) }
