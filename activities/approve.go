package activities

import "aiolos/deploy"

// ApproveConfig configures the action "approve".
type ApproveConfig struct {
	// Message tells the person what there is to decide.
	Message string `json:"message"`
}

// approveAction waits until a person has decided. It is no deed: the workflow
// waits by itself, without a limit of time unless the step has a timeout.
func approveAction() Action {
	a := Action{Title: "Approve", Nature: NatureApprove, Unchecked: "there is nothing to approve where nothing is done"}
	a.Name = "approve"
	a.Doc = "Waits until a person has approved, and records who did."
	a.Check = check(func(c ApproveConfig) []deploy.Problem {
		const most = 500
		if c.Message == "" || len(c.Message) > most {
			return []deploy.Problem{{Field: "message", Value: c.Message, Allowed: "1 to 500 characters"}}
		}
		return nil
	})
	a.Produces = func(map[string]any) []string { return []string{FactApprovedBy} }
	return action[ApproveConfig](a, nil)
}

// FactApprovedBy is the fact that tells who approved.
const FactApprovedBy = "approved_by"
