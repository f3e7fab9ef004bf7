package deploy

// Preview is what deploying would come to, as far as it can be known before.
// Making one changes nothing.
type Preview struct {
	// Plan is what would be carried out.
	Plan *Plan `json:"plan"`
	// Existing are the machines that the provider has of the deployment already:
	// the plan's other nodes would be launched.
	Existing Instances `json:"existing"`
}
