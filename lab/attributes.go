package main

import (
	enumspb "go.temporal.io/api/enums/v1"

	"aiolos/workflows"
)

// searchAttributes are what deployments can be searched by.
func searchAttributes() map[string]enumspb.IndexedValueType {
	return map[string]enumspb.IndexedValueType{
		workflows.StateAttribute:     enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		workflows.BlueprintAttribute: enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		workflows.ProviderAttribute:  enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		workflows.NodesAttribute:     enumspb.INDEXED_VALUE_TYPE_INT,
	}
}
