package schema

import (
	"reflect"

	"aiolos/deploy"
)

// Request returns the JSON Schema of the value that starts Deploy, and in its
// $defs that of the value that starts Destroy.
func Request() ([]byte, error) {
	names := deploy.Patterns()
	top := structure(reflect.TypeFor[deploy.Request](), "request", func(t reflect.Type, at string) object {
		return requestField(names, t, at)
	})
	delete(top, "required")
	// The name may be left out where the text of a blueprint says it.
	top["anyOf"] = list{
		object{"required": list{"source"}},
		object{"required": list{"blueprint"}, "properties": object{"blueprint": object{"enum": deploy.BuiltinNames()}}},
	}
	top["$schema"] = dialect
	top["$id"] = "urn:aiolos:request:" + Version
	top["title"] = "Aiolos request"
	top["description"] = "The value that starts Deploy. The deployment's name is the Temporal workflow ID."
	top["$defs"] = object{"destroy": with("The value that starts Destroy.",
		structure(reflect.TypeFor[deploy.DestroyRequest](), "request", func(t reflect.Type, at string) object {
			return requestField(names, t, at)
		}))}
	return write(top)
}

// requestField describes one field. Where its Go type does not say enough, it is
// described here.
func requestField(names map[string]name, t reflect.Type, at string) object {
	switch at {
	case "request.blueprint":
		return object{"type": "string", "pattern": orEmpty(names["blueprint"]), "examples": deploy.BuiltinNames()}
	case "request.source":
		return object{"type": "string", "maxLength": deploy.MaxSourceBytes}
	case "request.provider":
		return object{"type": "string", "pattern": orEmpty(names["provider"])}
	case "request.on_failure":
		return object{"enum": append([]string{""}, deploy.OnFailures...)}
	case "request.mode":
		return object{"enum": append([]string{""}, deploy.Modes...)}
	case "request.parameters":
		return named(names["parameter"], either(scalar(), items(scalar(), 0, 0)))
	case "request.only":
		return items(object{"type": "string"}, 0, deploy.MaxBelongings)
	case "request.files":
		return object{"type": "object", "additionalProperties": object{"type": "string", "contentEncoding": "base64"}}
	default:
		return literal(t)
	}
}

// literal describes a value that no expression may stand for.
func literal(t reflect.Type) object {
	switch t.Kind() {
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Int:
		return object{"type": "integer"}
	default:
		return object{}
	}
}

func orEmpty(n name) string { return "^$|" + n.Pattern }
