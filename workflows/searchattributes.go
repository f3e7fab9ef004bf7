package workflows

import enumspb "go.temporal.io/api/enums/v1"

// SearchAttributes are what deployments can be searched by, for whoever prepares a
// namespace.
func SearchAttributes() map[string]enumspb.IndexedValueType {
	return map[string]enumspb.IndexedValueType{
		StateAttribute:      enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		BlueprintAttribute:  enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		ProviderAttribute:   enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		NodesAttribute:      enumspb.INDEXED_VALUE_TYPE_INT,
		FailedStepAttribute: enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	}
}
