package ec2test

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
)

// Fault is what goes wrong with calls of an action.
type Fault struct {
	// Action is such as "ec2:RunInstances"; "" means any.
	Action string
	// Match chooses among its calls; nil means all.
	Match func(form url.Values) bool
	// Skip is how many of these go right first, and Times how many go wrong then;
	// 0 means 1, and -1 all.
	Skip, Times int
	// After has the call take effect before it goes wrong.
	After bool
	// Drop cuts the connection instead of answering.
	Drop bool
	// Status, Code and Message are AWS's answer.
	Status        int
	Code, Message string
	// Body takes the place of an error's.
	Body string
	// Rewrite lets the call go right, and changes what is answered.
	Rewrite func(body []byte) []byte

	hits atomic.Int64
}

// Happened tells whether a call went wrong.
func (f *Fault) Happened() bool { return int(f.hits.Load()) > f.Skip }

// Throttled is AWS's refusal of too many calls.
func Throttled(action string) *Fault {
	return &Fault{Action: action, Status: http.StatusServiceUnavailable, Code: "RequestLimitExceeded", Message: "Request limit exceeded."}
}

// Refused is AWS's refusal of a call by a code.
func Refused(action, code, message string) *Fault {
	return &Fault{Action: action, Status: http.StatusBadRequest, Code: code, Message: message}
}

// Lost is a call that takes effect and whose answer gets lost.
func Lost(action string) *Fault { return &Fault{Action: action, After: true, Drop: true} }

// Unreachable is a call that does not arrive.
func Unreachable(action string) *Fault { return &Fault{Action: action, Drop: true} }

// Inject has calls go wrong from now on. Of several faults the first that is for
// a call is the one.
func (c *Cloud) Inject(faults ...*Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, faults...)
}

// Heal takes back all faults.
func (c *Cloud) Heal() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = nil
}

// next counts a call, and tells how it goes wrong, if it does.
func (c *Cloud) next(made call) *Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls[made.action]++
	for _, f := range c.faults {
		if f.Action != "" && f.Action != made.action || f.Match != nil && !f.Match(made.form) {
			continue
		}
		if n := int(f.hits.Add(1)) - f.Skip; n > 0 && (f.Times < 0 || n <= max(f.Times, 1)) {
			return f
		}
	}
	return nil
}

// answer is what is said of a fault, if anything.
func (f *Fault) answer(made call) (answer, bool) {
	if f.Drop {
		return answer{}, false
	}
	said := failure(made, f.Status, f.Code, f.Message)
	if f.Body != "" {
		said.body = []byte(f.Body)
	}
	return said, true
}

// failure writes an error as the service does.
func failure(made call, status int, code, message string) answer {
	said := answer{status: status, header: http.Header{}}
	const request = "00000000-0000-4000-8000-000000000000"
	switch service, _, _ := strings.Cut(made.action, ":"); service {
	case "ec2":
		said.body = []byte("<Response><Errors><Error><Code>" + code + "</Code><Message>" + escaped(message) + "</Message></Error></Errors><RequestID>" + request + "</RequestID></Response>")
	case "sts":
		said.body = []byte("<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code><Message>" + escaped(message) + "</Message></Error><RequestId>" + request + "</RequestId></ErrorResponse>")
	default:
		said.header.Set("Content-Type", "application/x-amz-json-1.1")
		said.header.Set("X-Amzn-Requestid", request)
		said.body, _ = json.Marshal(map[string]string{"__type": code, "message": message})
	}
	return said
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}
