package deploy

import (
	"errors"
	"fmt"

	"cel.dev/cel-go/interpreter"
)

// ExpressionError is an expression that cannot be evaluated, or whose value is
// not what the field takes. Trying again does not help.
type ExpressionError struct {
	// Expression is the text within ${…}; empty when a field as a whole is wrong.
	Expression string
	// Where is the path of the field, for example "steps.pool.gluster_pool.peers".
	Where   string
	Message string

	// problem is set when a field as a whole is wrong.
	problem *Problem
}

// Error tells where, which expression and what is wrong.
func (e *ExpressionError) Error() string {
	if e.Expression == "" {
		return e.Where + ": " + e.Message
	}
	return fmt.Sprintf("%s: ${%s}: %s", e.Where, shorten(e.Expression), e.Message)
}

// Kind says that it is an expression that failed.
func (e *ExpressionError) Kind() Kind { return KindExpression }

func wrong(e *expression, field, message string) *ExpressionError {
	return &ExpressionError{Expression: e.text, Where: field, Message: message}
}

const tooMuch = "it takes too much to evaluate"

// reason is what went wrong, in a person's words.
func reason(err error) string {
	var cancelled interpreter.EvalCancelledError
	if errors.As(err, &cancelled) {
		return tooMuch
	}
	return err.Error()
}
