package facter

import (
	"bytes"
	"encoding/json"
	"strings"
)

// answer is what a node knows, by the names that it was asked for.
type answer struct {
	facter map[string]any // what facter says; null for what it does not know
	shell  map[string]any // what the shell says
}

// parse reads what collect.sh prints.
func parse(out []byte) (answer, *OutputError) {
	known := answer{facter: map[string]any{}, shell: map[string]any{}}
	for len(out) > 0 {
		line, rest, _ := bytes.Cut(out, []byte("\n"))
		out = rest
		name, value, _ := strings.Cut(string(line), " ")
		switch name {
		case "hostname", "ipaddress":
			known.shell[name] = strings.ToValidUTF8(value, "")
		case "facter":
			if value == "absent" {
				return known, nil
			}
			var ok bool
			if known.facter, ok = parseJSON(out); !ok {
				return known, &OutputError{Output: out}
			}
			return known, nil
		default: // something said before, as some login shells do
		}
	}
	return known, &OutputError{}
}

// maxTries bounds for how many beginnings an object is looked for.
const maxTries = 32

// parseJSON finds facter's object in its output. It begins on a line of its own,
// and is the last to do so: custom facts may print, too, but before it.
func parseJSON(out []byte) (map[string]any, bool) {
	if len(out) > maxOutput {
		return nil, false
	}
	end := len(out)
	for range maxTries {
		at := bytes.LastIndexByte(out[:end], '{')
		for at > 0 && out[at-1] != '\n' {
			at = bytes.LastIndexByte(out[:at], '{')
		}
		if at < 0 {
			return nil, false
		}
		var facts map[string]any
		// Only the first value is read, so what is printed at the exit does not matter.
		if err := json.NewDecoder(bytes.NewReader(out[at:])).Decode(&facts); err == nil {
			return facts, true
		}
		end = at
	}
	return nil, false
}

// value returns what is known by a name, if it is not empty. Facter goes first:
// only it knows of facts that someone has redefined.
func (a answer) value(name string) (any, bool) {
	for _, v := range []any{a.facter[name], a.facter[strings.ToLower(name)], a.shell[name]} {
		if !empty(v) {
			return v, true
		}
	}
	return nil, false
}

// empty tells whether a value says nothing. False and 0 do say something.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(v) == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}
