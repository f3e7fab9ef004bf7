package deploy

import (
	"reflect"

	"go.yaml.in/yaml/v3"
)

// Bounds of retries.
const (
	maxAttempts  = 100
	defaultDelay = 5 // seconds between two attempts
)

// readHow reads how a step is run: whether at all, on how many nodes at a time,
// for how long, and how often.
func (r *reader) readHow(s *stepSpec, fields map[string]*yaml.Node, field string) {
	if n := fields["when"]; n != nil {
		s.when = r.condition(s, n, join(field, "when"))
	}
	if n := fields["parallel"]; n != nil {
		parallel := r.setting(n, join(field, "parallel"), s.at, reflect.TypeFor[int]())
		s.parallel = &parallel
	}
	if n := fields["timeout"]; n != nil {
		s.timeout = r.seconds(n, join(field, "timeout"))
	}
	if n := fields["retry"]; n != nil {
		s.retry = r.readRetry(n, join(field, "retry"))
	}
}

// condition reads true, false, or one expression that is either of them.
func (r *reader) condition(step *stepSpec, n *yaml.Node, field string) *setting {
	const allowed = "true, false, or one expression ${…} that is either of them"
	s := setting{at: at(n), field: field, value: r.scalar(r.follow(n), field)}
	switch v := s.value.(type) {
	case bool:
	case string:
		if segments, err := split(v); err == nil && (len(segments) != 1 || !segments[0].expression) {
			r.add(s.at, field, r.what(n), allowed)
			return nil
		}
		step.refers = append(step.refers, r.checkExpressions(formStep, v, field, func(string) position { return s.at })...)
		r.checkBoolean(s)
	default:
		r.add(s.at, field, r.what(n), allowed)
		return nil
	}
	return &s
}

// checkBoolean refuses an expression that can be told to be no condition. One
// of a fact may be anything.
func (r *reader) checkBoolean(s setting) {
	text, _ := s.value.(string)
	segments, err := split(text)
	if err != nil || len(segments) != 1 {
		return
	}
	if kind, ok := r.scopes[formStep].kind(segments[0].text); ok && kind != "bool" && kind != "dyn" {
		r.add(s.at, s.field, text, "an expression that is true or false, and not of the type %s", kind)
	}
}

// readRetry reads a number of attempts, or {attempts, delay}.
func (r *reader) readRetry(n *yaml.Node, field string) *Retry {
	retry := &Retry{Delay: defaultDelay}
	attempts, within := n, field
	if r.follow(n).Kind == yaml.MappingNode {
		fields := r.fields(n, field, "attempts", "delay")
		if d := fields["delay"]; d != nil {
			retry.Delay = r.seconds(d, join(field, "delay"))
		}
		attempts, within = fields["attempts"], join(field, "attempts")
		if attempts == nil {
			r.add(at(n), within, "", "a number of attempts from 1 to %d", maxAttempts)
			return retry
		}
	}
	count, ok := r.scalar(r.follow(attempts), within).(int64)
	if !ok || count < 1 || count > maxAttempts {
		r.add(at(attempts), within, r.what(attempts), "a number of attempts from 1 to %d", maxAttempts)
		return retry
	}
	retry.Attempts = int(count)
	return retry
}
