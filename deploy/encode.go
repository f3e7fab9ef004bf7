package deploy

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
)

// encode writes an evaluated configuration as JSON that decodes into type t.
func encode(value any, t reflect.Type, field string) (json.RawMessage, error) {
	var wrong *ExpressionError
	f := fitter{report: func(field, value, allowed string) {
		if wrong == nil {
			p := Problem{Field: field, Value: shorten(value), Allowed: allowed}
			wrong = &ExpressionError{Where: field, Message: strings.TrimPrefix(p.String(), field+": "), problem: &p}
		}
	}}
	fitted := f.fit(value, t, field)
	if wrong != nil {
		return nil, wrong
	}
	text, err := json.Marshal(fitted)
	if err == nil {
		err = decodeStrictly(text, reflect.New(t).Interface())
	}
	if err != nil {
		return nil, &ExpressionError{Where: field, Message: err.Error()}
	}
	return text, nil
}

// decodeStrictly decodes JSON that may have no other fields than into has.
func decodeStrictly(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
