package operation

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"

	"aiolos/workflows"
)

// OtherAttributeError says that the namespace has a search attribute of our name,
// and of another type.
type OtherAttributeError struct {
	Name        string
	Found, Want enumspb.IndexedValueType
}

func (e *OtherAttributeError) Error() string {
	return fmt.Sprintf("the search attribute %s is of type %s; allowed is %s", e.Name, e.Found, e.Want)
}

// Setup registers the search attributes that the namespace lacks, and returns
// their names in order. An attribute of another type is an *OtherAttributeError.
// A client that Dial did not make has no namespace that could be set up.
func Setup(ctx context.Context, t Temporal) ([]string, error) {
	d, ok := t.(*dialled)
	if !ok {
		return nil, errors.New("this client cannot set up a namespace")
	}
	namespace := d.namespace
	if namespace == "" {
		namespace = client.DefaultNamespace
	}
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	there, err := d.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return nil, fmt.Errorf("list the search attributes of the namespace %s: %w", namespace, err)
	}
	missing := workflows.SearchAttributes()
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		found, ok := there.GetCustomAttributes()[name]
		if ok && found != missing[name] {
			return nil, &OtherAttributeError{Name: name, Found: found, Want: missing[name]}
		}
		if ok {
			delete(missing, name)
		}
	}
	if len(missing) == 0 {
		return []string{}, nil
	}
	_, err = d.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing})
	if err != nil {
		return nil, fmt.Errorf("register search attributes in the namespace %s: %w", namespace, err)
	}
	return slices.Sorted(maps.Keys(missing)), nil
}
