package deploy

import "fmt"

// Verdict is how a check ended.
type Verdict string

// How checks end.
const (
	// VerdictOK means that deployments will not fail for this.
	VerdictOK Verdict = "ok"
	// VerdictWarning means that they may, or that it could not be known.
	VerdictWarning Verdict = "warning"
	// VerdictFailed means that they will.
	VerdictFailed Verdict = "failed"
)

// Finding is what a look at one thing that deployments stand on has shown.
type Finding struct {
	// Of is whose thing it is: "temporal", "worker", or a provider's name.
	Of string `json:"of"`
	// Check says what was looked at, such as "profile small-x86_64: image".
	Check   string  `json:"check"`
	Verdict Verdict `json:"verdict"`
	// Found says what there is, for a person.
	Found string `json:"found"`
	// Advice says what to do; empty only where it is ok.
	Advice string `json:"advice,omitempty"`
}

// Fine is a check that ended well.
func Fine(check, found string, args ...any) Finding {
	return Finding{Check: check, Verdict: VerdictOK, Found: fmt.Sprintf(found, args...)}
}

// Wrong is a check that did not: verdict says how much that matters, and advice
// what to do.
func Wrong(check string, verdict Verdict, found, advice string) Finding {
	return Finding{Check: check, Verdict: verdict, Found: found, Advice: advice}
}

// Findings is all that was found, in the order in which it was looked at.
type Findings struct {
	Findings []Finding `json:"findings"`
}

// Failed says whether any check failed.
func (f Findings) Failed() bool {
	for _, one := range f.Findings {
		if one.Verdict == VerdictFailed {
			return true
		}
	}
	return false
}
