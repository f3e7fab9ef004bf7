package schema

import (
	"reflect"

	"aiolos/deploy"
)

// Version is that of the contract with callers: of requests and outcomes. Within one
// version, what was a good request stays one and means the same, and what was in an
// outcome stays there; see docs/contract.md.
const Version = "1"

// Outcome returns the JSON Schema of what an operation returns, and in its $defs that
// of the failures that a failed one has as details. Unlike that of a request it is
// open: a later release may tell more.
func Outcome() ([]byte, error) {
	top := open(structure(reflect.TypeFor[deploy.Outcome](), "outcome", told))
	top["$schema"] = dialect
	top["$id"] = "urn:aiolos:outcome:" + Version
	top["title"] = "Aiolos outcome"
	top["description"] = "What Deploy and Destroy return."
	top["$defs"] = object{"failures": object{
		"description": "The details of the error of an operation that failed. The error's type is the kind, where all have one kind.",
		"type":        "array", "items": open(structure(reflect.TypeFor[deploy.Failure](), "failure", told)),
	}}
	return write(top)
}

// told describes a value that an operation tells.
func told(t reflect.Type, at string) object {
	switch t.Kind() {
	case reflect.Slice:
		return object{"type": "array", "items": told(t.Elem(), at+"[]")}
	case reflect.Map:
		return object{"type": "object"}
	case reflect.Struct:
		return open(structure(t, at, told))
	default:
		return literal(t)
	}
}

// open lets a mapping have other keys as well.
func open(o object) object {
	delete(o, "additionalProperties")
	return o
}
