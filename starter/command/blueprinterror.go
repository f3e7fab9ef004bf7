package command

import (
	"errors"
	"fmt"

	"aiolos/deploy"
)

// blueprintError says what is wrong with a blueprint, and in which file.
type blueprintError struct {
	file     string
	problems []deploy.Problem
}

// wrap names the file in an error about its text. What stands nowhere in the
// text, such as a parameter's value, is told without it.
func (s source) wrap(err error) error {
	var invalid *deploy.InvalidError
	if !s.file || !errors.As(err, &invalid) {
		return err
	}
	return &blueprintError{s.argument, invalid.Problems}
}

func (e *blueprintError) Error() string { return e.Unwrap().Error() }

// Unwrap gives all problems without the file.
func (e *blueprintError) Unwrap() error { return &deploy.InvalidError{Problems: e.problems} }

// located tells a problem as compilers do, so that editors find the place.
func located(file string, p deploy.Problem) string {
	at := file
	if p.Line > 0 {
		at += fmt.Sprintf(":%d", p.Line)
	}
	if p.Line > 0 && p.Column > 0 {
		at += fmt.Sprintf(":%d", p.Column)
	}
	p.Line, p.Column = 0, 0
	return at + ": " + p.String()
}

// problemLines tells every problem of an error, on a line each.
func problemLines(err error) []string {
	var within *blueprintError
	var invalid *deploy.InvalidError
	var lines []string
	switch {
	case errors.As(err, &within):
		for _, p := range within.problems {
			if p.Line > 0 {
				lines = append(lines, located(within.file, p))
			} else {
				lines = append(lines, p.String())
			}
		}
	case errors.As(err, &invalid):
		for _, p := range invalid.Problems {
			lines = append(lines, p.String())
		}
	}
	return lines
}
