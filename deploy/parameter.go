package deploy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ParameterType is what values a parameter takes.
type ParameterType string

// The types of parameters.
const (
	TypeString  ParameterType = "string"
	TypeInteger ParameterType = "integer"
	TypeNumber  ParameterType = "number"
	TypeBoolean ParameterType = "boolean"
	TypeList    ParameterType = "list" // of strings, numbers and booleans
)

// typeSensitive is how expressions see a sensitive string: as a value without
// members or operators, so that nothing can be found out about it.
const typeSensitive ParameterType = "sensitive"

// seen is the type that expressions see.
func (p *Parameter) seen() ParameterType {
	if p.Sensitive {
		return typeSensitive
	}
	return p.Type
}

var parameterTypes = []ParameterType{TypeString, TypeInteger, TypeNumber, TypeBoolean, TypeList}

// Parameter is a value that whoever deploys a blueprint may choose.
type Parameter struct {
	Name        string
	Type        ParameterType
	Description string
	// Default is the value when none is given; nil means that one has to be given.
	Default any
	// Minimum and Maximum bound an integer or a number; nil means no bound.
	Minimum, Maximum *float64
	// Pattern is a regular expression (RE2) that a whole string has to match.
	Pattern string
	// Enum lists the only allowed values; empty means all are.
	Enum []any
	// Sensitive says that nobody may see the value: it travels sealed, and
	// expressions can only hand it on as a whole. Only for the type string.
	Sensitive bool
}

// Allowed says in words which values the parameter takes.
func (p *Parameter) Allowed() string {
	if len(p.Enum) > 0 {
		values := make([]string, len(p.Enum))
		for i, v := range p.Enum {
			values[i] = plain(v)
		}
		return "one of: " + strings.Join(values, ", ")
	}
	allowed := map[ParameterType]string{
		TypeString: "a string", TypeInteger: "an integer", TypeNumber: "a number", TypeBoolean: "true or false",
		TypeList: "a list of strings, numbers and booleans",
	}[p.Type]
	switch {
	case p.Minimum != nil && p.Maximum != nil:
		allowed += fmt.Sprintf(" from %s to %s", plain(*p.Minimum), plain(*p.Maximum))
	case p.Minimum != nil:
		allowed += " of at least " + plain(*p.Minimum)
	case p.Maximum != nil:
		allowed += " of at most " + plain(*p.Maximum)
	}
	if p.Pattern != "" {
		allowed += " that matches " + p.Pattern
	}
	return allowed
}

// Value checks a value that was given, and makes it one of the parameter's
// type: string, int64, float64, bool or []any. Numbers and booleans may be
// given as strings, as a command line must, and a list as strings with commas
// between them or as JSON.
func (p *Parameter) Value(given any) (value any, ok bool) {
	value, ok = p.coerce(given)
	if !ok {
		return nil, false
	}
	if len(p.Enum) > 0 && p.Type != TypeList && !slices.Contains(p.Enum, value) {
		return nil, false
	}
	if number, isNumber := asFloat(value); isNumber {
		if (p.Minimum != nil && number < *p.Minimum) || (p.Maximum != nil && number > *p.Maximum) {
			return nil, false
		}
	}
	if text, isText := value.(string); isText && p.Pattern != "" {
		pattern, err := wholePattern(p.Pattern)
		return value, err == nil && pattern.MatchString(text)
	}
	return value, true
}

// wholePattern compiles a pattern so that it has to match all of a string.
func wholePattern(pattern string) (*regexp.Regexp, error) {
	if _, err := regexp.Compile(pattern); err != nil {
		return nil, err
	}
	return regexp.Compile(`\A(?:` + pattern + `)\z`)
}
