package schema

import (
	"encoding/json"
	"strings"
)

const dialect = "https://json-schema.org/draft/2020-12/schema"

// object is a part of a schema. JSON writes its keys in alphabetical order, so
// that the same schema is always the same text.
type object = map[string]any

// list is a list in a schema.
type list = []any

// write makes the schema's text.
func write(schema object) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(schema)
	return []byte(b.String()), err
}

// with says what a part of a schema is for.
func with(description string, part object) object {
	if description != "" {
		part["description"] = description
	}
	return part
}

// fields is a mapping that has no other keys than these.
func fields(properties object, required ...string) object {
	o := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		o["required"] = required
	}
	return o
}

// named is a mapping whose keys are names that the author chooses.
func named(name name, value object) object {
	o := object{"type": "object", "patternProperties": object{name.Pattern: value}, "additionalProperties": false}
	if len(name.Reserved) > 0 {
		o["propertyNames"] = object{"not": object{"enum": name.Reserved}}
	}
	return o
}

// either is a value that one of the parts describes.
func either(parts ...object) object { return object{"anyOf": parts} }

// ref stands for a part that is described once.
func ref(name string) object { return object{"$ref": "#/$defs/" + name} }

// expression is a text that is one expression: it may stand for a value of any type.
func expression() object {
	return object{"type": "string", "pattern": `^\$\{[\s\S]*\}$`}
}

// interpolated is a text that has an expression somewhere, so that only the
// reader knows what it will be.
func interpolated() object { return object{"type": "string", "pattern": `\$\{`} }

// orExpression also takes an expression in place of a value that is no text.
func orExpression(part object) object { return either(part, expression()) }

// matching is a text of a certain form, unless it has expressions.
func matching(name name) object {
	return either(object{"type": "string", "pattern": name.Pattern}, interpolated())
}

// upTo is a whole number from 1 on.
func upTo(most int) object { return object{"type": "integer", "minimum": 1, "maximum": most} }

// scalar is a single value.
func scalar() object { return object{"type": list{"string", "number", "boolean"}} }

// items is a list of values alike.
func items(of object, least, most int) object {
	o := object{"type": "array", "items": of}
	if least > 0 {
		o["minItems"] = least
	}
	if most > 0 {
		o["maxItems"] = most
	}
	return o
}
