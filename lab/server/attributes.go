package server

import (
	"context"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
)

// ensureSearchAttributes adds the search attributes that the namespace lacks,
// as one made by an earlier release may. It waits for the frontend to answer.
func ensureSearchAttributes(ctx context.Context, address string, wanted map[string]enumspb.IndexedValueType) error {
	c, err := dial(ctx, address)
	if err != nil {
		return err
	}
	defer c.Close()
	there, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: Namespace})
	if err != nil {
		return fmt.Errorf("list the search attributes: %w", err)
	}
	missing := map[string]enumspb.IndexedValueType{}
	for name, kind := range wanted {
		if _, ok := there.GetCustomAttributes()[name]; !ok {
			missing[name] = kind
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: Namespace, SearchAttributes: missing,
	})
	if err != nil {
		return fmt.Errorf("add the search attributes: %w", err)
	}
	return nil
}
