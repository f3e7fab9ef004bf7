package deploy

import "strings"

// awaitsApproval begins the message of a step that waits for a person.
const awaitsApproval = "waits for approval: "

// AwaitsApproval makes the message of a step that waits for a person to decide.
func AwaitsApproval(question string) string { return awaitsApproval + question }

// ApprovalAwaited returns what a person is asked, where the step waits for one.
func (s *StepStatus) ApprovalAwaited() (question string, ok bool) {
	if s.State != StepRunning {
		return "", false
	}
	return strings.CutPrefix(s.Message, awaitsApproval)
}
