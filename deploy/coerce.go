package deploy

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

func (p *Parameter) coerce(given any) (any, bool) {
	switch p.Type {
	case TypeString:
		text, ok := given.(string)
		return text, ok
	case TypeInteger:
		return asInteger(given)
	case TypeNumber:
		return asNumber(given)
	case TypeBoolean:
		switch v := given.(type) {
		case bool:
			return v, true
		case string:
			return v == "true", v == "true" || v == "false"
		}
	case TypeList:
		return asList(given)
	}
	return nil, false
}

// asInteger takes whole numbers, and strings that are written as one.
func asInteger(given any) (any, bool) {
	switch v := given.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case float64:
		const exact = 1 << 53 // beyond, a float64 does not hold every integer
		return int64(v), v == math.Trunc(v) && math.Abs(v) <= exact
	case json.Number:
		return asInteger(string(v))
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		return n, err == nil
	}
	return nil, false
}

// asNumber takes finite numbers, and strings that are written as one.
func asNumber(given any) (any, bool) {
	switch v := given.(type) {
	case json.Number:
		return asNumber(string(v))
	case string:
		n, err := strconv.ParseFloat(v, 64)
		return n, err == nil && !math.IsInf(n, 0) && !math.IsNaN(n)
	}
	n, ok := asFloat(given)
	return n, ok && !math.IsInf(n, 0) && !math.IsNaN(n)
}

func asFloat(value any) (float64, bool) {
	switch v := value.(type) {
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// asList takes lists of single values, and strings.
func asList(given any) (any, bool) {
	if text, ok := given.(string); ok {
		if !strings.HasPrefix(strings.TrimSpace(text), "[") {
			items := []any{}
			for item := range strings.SplitSeq(text, ",") {
				if item != "" {
					items = append(items, item)
				}
			}
			return items, true
		}
		var items []any
		if json.Unmarshal([]byte(text), &items) != nil {
			return nil, false
		}
		given = items
	}
	items, ok := given.([]any)
	if !ok {
		return nil, false
	}
	list := make([]any, len(items))
	for i, item := range items {
		if n, whole := item.(int); whole {
			item = int64(n)
		}
		if !isScalar(item) {
			return nil, false
		}
		list[i] = item
	}
	return list, true
}
