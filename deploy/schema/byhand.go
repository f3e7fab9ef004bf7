package schema

// byHand describes fields of actions of which more is known than their Go types
// tell, by action and field.
var byHand = map[string]func() object{
	"run.env":                  func() object { return orExpression(environment()) },
	"run.creates":              absolute,
	"run.files[].mode":         mode,
	"run.files[].url":          webAddress,
	"run.files[].sha256":       digest,
	"approve.message":          message,
	"gluster_volume.rebalance": func() object { return oneOf("none", "fix-layout", "full") },
	"gluster_volume.transport": func() object { return oneOf("tcp") },
}

// exactlyOne tells of which fields a mapping has exactly one.
var exactlyOne = map[string][]string{
	"await":       {"signal", "fact"},
	"puppet":      {"module", "git"},
	"run.files[]": {"content", "file", "git", "url"},
}

func environment() object {
	return object{"type": "object", "patternProperties": object{"^[A-Za-z_][A-Za-z0-9_]*$": object{"type": "string"}}, "additionalProperties": false}
}

func absolute() object {
	return either(object{"type": "string", "pattern": "^/"}, interpolated())
}

// mode is written as a text, since YAML would read 0644 as a number.
func mode() object {
	return either(object{"type": "string", "pattern": "^0?[0-7]{3,4}$"}, interpolated())
}

func webAddress() object {
	return either(object{"type": "string", "pattern": "^https?://"}, interpolated())
}

func digest() object {
	return either(object{"type": "string", "pattern": "^[0-9a-f]{64}$"}, interpolated())
}

func message() object { return object{"type": "string", "minLength": 1, "maxLength": 500} }

func oneOf(values ...any) object {
	return either(object{"enum": append(list{""}, values...)}, interpolated())
}
