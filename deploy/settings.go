package deploy

import (
	"errors"
	"fmt"
)

// evaluate returns a setting's value, in which expressions may refer to
// parameters; ok is false when there is a problem, which is noted.
func (p *planner) evaluate(s setting) (value any, ok bool) {
	// What does not compile was refused when the blueprint was read.
	c := p.blueprint.params.compileValue(s.value, s.field, func(*ExpressionError) {})
	value, err := p.run.value(c)
	var wrong *ExpressionError
	if errors.As(err, &wrong) {
		p.wrong(s, "${"+wrong.Expression+"}", "an expression that can be evaluated: "+wrong.Message)
		return nil, false
	}
	return value, true
}

// integer evaluates a setting that has to be an integer from 1 to most.
func (p *planner) integer(s setting, most int64) int64 {
	value, ok := p.evaluate(s)
	if !ok {
		return 0
	}
	n, ok := wholeNumber(value)
	if !ok || n < 1 || n > most {
		p.wrong(s, shown(value), fmt.Sprintf("an integer from 1 to %d", most))
		return 0
	}
	return n
}

// text evaluates a setting that has to be a string of a certain form.
func (p *planner) text(s setting, valid func(string) bool, allowed string) string {
	value, ok := p.evaluate(s)
	if !ok {
		return ""
	}
	text, ok := value.(string)
	if !ok || !valid(text) {
		p.wrong(s, shown(value), allowed)
	}
	return text
}

// wrong notes that a setting has a value that it may not have. When it follows
// from one parameter, it is the parameter that the person has to change.
func (p *planner) wrong(s setting, value, allowed string) {
	text, _ := s.value.(string)
	if name, alone := p.source(text); alone {
		p.add(position{}, "parameters."+name, value, "%s (%s)", allowed, s.field)
		return
	}
	if name, _ := p.source(text); name != "" {
		p.add(position{}, "parameters."+name, plain(p.plan.Parameters[name]), "one that makes %s, which is %s now, %s", s.field, value, allowed)
		return
	}
	p.add(s.at, s.field, value, "%s", allowed)
}

// source finds the one parameter that a text refers to. Alone says that the
// text is nothing but that parameter. Name is empty if there is none, or several.
func (p *planner) source(text string) (name string, alone bool) {
	c := p.blueprint.params.compileValue(text, "", func(*ExpressionError) {})
	var names []string
	for _, part := range c.text {
		if part.expr != nil {
			names = append(names, part.expr.params...)
		}
	}
	if len(names) != 1 {
		return "", false
	}
	return names[0], len(c.text) == 1 && c.text[0].expr.alone != ""
}
