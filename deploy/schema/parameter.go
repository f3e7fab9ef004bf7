package schema

import "aiolos/deploy"

// parameter describes one parameter. What default, bounds and pattern may be
// depends on its type.
func (b blueprint) parameter() object {
	o := with("A value that whoever deploys the blueprint may choose.", fields(object{
		"type":        with("Which values it takes.", object{"enum": deploy.ParameterTypes()}),
		"description": with("What it is for, for people.", object{"type": "string"}),
		"default":     with("The value when none is given. Without a default, one has to be given.", either(scalar(), items(scalar(), 0, 0))),
		"enum":        with("The only allowed values. Not for the type list.", items(scalar(), 1, 0)),
		"minimum":     with("The least allowed value, for the types integer and number.", object{"type": "number"}),
		"maximum":     with("The greatest allowed value, for the types integer and number.", object{"type": "number"}),
		"pattern":     with("A regular expression (RE2) that the whole value has to match, for the type string.", object{"type": "string"}),
		"sensitive":   with("Nobody may see the value: it never stands in a history, a log or a status. For the type string, without default.", object{"type": "boolean"}),
	}, "type"))
	integers := either(object{"type": "integer"}, object{"type": "string", "pattern": `^[+-]?[0-9]+$`})
	numbers := either(object{"type": "number"}, object{"type": "string", "pattern": `^[+-]?[0-9.]+([eE][+-]?[0-9]+)?$`})
	booleans := object{"enum": list{true, false, "true", "false"}}
	texts := object{"type": "string"}
	o["allOf"] = list{
		only(deploy.TypeString, texts, "minimum", "maximum"),
		only(deploy.TypeInteger, integers, "pattern", "sensitive"),
		only(deploy.TypeNumber, numbers, "pattern", "sensitive"),
		only(deploy.TypeBoolean, booleans, "minimum", "maximum", "pattern", "sensitive"),
		object{"if": has("type", deploy.TypeList), "then": none("minimum", "maximum", "pattern", "enum", "sensitive")},
		object{"if": has("sensitive", true), "then": none("default")},
	}
	return o
}

// only says what the values of a type are, and which fields it does not take.
func only(t deploy.ParameterType, value object, without ...string) object {
	then := none(without...)
	properties := then["properties"].(object)
	properties["default"] = value
	properties["enum"] = object{"items": value}
	return object{"if": has("type", t), "then": then}
}

// has is true of a mapping with a field of that value.
func has(field string, value any) object {
	return object{"properties": object{field: object{"const": value}}, "required": list{field}}
}

// none forbids fields. A sensitive: false says nothing and may stand anywhere.
func none(names ...string) object {
	properties := object{}
	for _, n := range names {
		properties[n] = object{"not": object{}}
		if n == "sensitive" {
			properties[n] = object{"const": false}
		}
	}
	return object{"properties": properties}
}
