package deploy

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// maxParts bounds the elements that the value of an expression may have when it
// is written out: CEL's lists may share their parts.
const maxParts = 200_000

// native makes nil, bool, int64, float64, string, []any or map[string]any of
// the value of an expression.
func native(v ref.Val) (any, error) {
	left := maxParts
	return nativePart(v, &left)
}

func nativePart(v ref.Val, left *int) (any, error) {
	if *left--; *left < 0 {
		return nil, fmt.Errorf("its value has more than %d elements", maxParts)
	}
	switch v := v.(type) {
	case types.String:
		return string(v), nil
	case types.Int:
		return int64(v), nil
	case types.Uint:
		if v > math.MaxInt64 {
			return nil, errors.New("its value has more than 63 bits")
		}
		return int64(v), nil
	case types.Double:
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return nil, errors.New("its value is not a finite number")
		}
		return float64(v), nil
	case types.Bool:
		return bool(v), nil
	case types.Null:
		return nil, nil
	case *object:
		if v.of == sensitiveType {
			return v.name, nil
		}
		return nil, fmt.Errorf("its value is a %s; one of its members has to be named, like .name", v.of)
	case traits.Mapper:
		all := map[string]any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			key, ok := it.Next().(types.String)
			if !ok {
				return nil, errors.New("its value is a map with keys that are not strings")
			}
			item, err := nativePart(v.Get(key), left)
			if err != nil {
				return nil, err
			}
			all[string(key)] = item
		}
		return all, nil
	case traits.Lister:
		all := []any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			item, err := nativePart(it.Next(), left)
			if err != nil {
				return nil, err
			}
			all = append(all, item)
		}
		return all, nil
	}
	return nil, fmt.Errorf("its value is a %s, which cannot be written as JSON", v.Type().TypeName())
}

// plain writes a value as text.
func plain(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case int:
		return strconv.Itoa(v)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return strconv.FormatInt(int64(v), 10)
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case nil:
		return "null"
	case []any:
		return "a list"
	case map[string]any:
		return "a mapping"
	}
	return fmt.Sprint(value)
}

// isScalar says whether a value is a single one.
func isScalar(value any) bool {
	switch value.(type) {
	case string, bool, int64, float64:
		return true
	}
	return false
}
