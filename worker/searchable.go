package main

import (
	"context"
	"maps"
	"slices"
	"time"

	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"

	"aiolos/workflows"
)

// searchableTimeout bounds the question; a deployment does not wait for the answer longer.
const searchableTimeout = 5 * time.Second

// searchable tells which of our search attributes the namespace knows. Whoever does not
// answer, or forbids to ask, is taken to know none: it costs no more than that
// deployments are not found by some of them.
func searchable(temporal client.Client, namespace string) func(context.Context) []string {
	return func(ctx context.Context) []string {
		ctx, cancel := context.WithTimeout(ctx, searchableTimeout)
		defer cancel()
		there, err := temporal.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
		if err != nil {
			return nil
		}
		var known []string
		ours := workflows.SearchAttributes()
		for _, name := range slices.Sorted(maps.Keys(ours)) {
			if there.GetCustomAttributes()[name] == ours[name] {
				known = append(known, name)
			}
		}
		return known
	}
}
