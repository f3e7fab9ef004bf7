package schema

// byHand describes fields of actions of which more is known than their Go types
// tell, by action and field.
var byHand = map[string]func() object{
	"run.env":                  func() object { return orExpression(environment()) },
	"run.creates":              absolute,
	"run.files[].mode":         mode,
	"gluster_volume.rebalance": func() object { return oneOf("none", "fix-layout", "full") },
	"gluster_volume.transport": func() object { return oneOf("tcp") },
}

func environment() object {
	return object{"type": "object", "patternProperties": object{"^[A-Za-z_][A-Za-z0-9_]*$": object{"type": "string"}}, "additionalProperties": false}
}

func absolute() object {
	return either(object{"type": "string", "pattern": "^/"}, interpolated())
}

// mode is written as a text, since YAML would read 0644 as a number.
func mode() object {
	return either(object{"type": "string", "pattern": "^0?[0-7]{3}$"}, interpolated())
}

func oneOf(values ...any) object {
	return either(object{"enum": append(list{""}, values...)}, interpolated())
}
