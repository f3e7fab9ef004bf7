package deploy

import "strings"

// TopLevel is the first part of a fact's name, by which expressions begin to
// refer to it: os.family is the member family of node.os.
func TopLevel(fact string) string {
	top, _, _ := strings.Cut(fact, ".")
	return top
}

// Member returns the value of a fact, dotted or not, among the facts of a node.
func Member(facts map[string]any, fact string) (value any, known bool) {
	value, known = facts[TopLevel(fact)]
	for _, part := range strings.Split(fact, ".")[1:] {
		fields, ok := value.(map[string]any)
		if !ok {
			return nil, false
		}
		if value, known = fields[part]; !known {
			return nil, false
		}
	}
	return value, known
}
