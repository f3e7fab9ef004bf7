// Package remote says what it is to run a short command on a node, and nothing
// about how: SSH in production, a local shell in tests.
package remote

import (
	"context"
	"io"
	"strings"
)

// Command is a POSIX sh script with its arguments.
type Command struct {
	// Script is constant program text. Values never become part of it: they
	// are its positional parameters ("$1", "$@"), or its standard input.
	Script string
	// Args are the script's positional parameters, passed as they are, whatever
	// bytes they hold but NUL.
	Args []string
	// Stdin is the script's standard input; nil means empty.
	Stdin io.Reader
	// Stdout receives standard output as it comes; nil means that it is
	// collected in the Result.
	Stdout io.Writer
}

// Result is how a command ended. A non-zero exit code is a result, no error.
type Result struct {
	Exit   int
	Stdout []byte
	Stderr []byte
}

// Runner runs commands on one node, as root. It is safe for concurrent use.
//
// An error means that the command's end is unknown: the connection could not be
// made or was lost, or the context ended. The command may have had its effect.
type Runner interface {
	Run(ctx context.Context, c Command) (Result, error)
}

// Quote renders the arguments as words of a POSIX sh command line, each inside
// single quotes, so that the shell passes them on unchanged.
func Quote(args ...string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
	}
	return strings.Join(quoted, " ")
}

// Line is the command line that makes a login shell on the node run c: one
// word of program text and one word for each argument.
func (c Command) Line() string {
	return "exec sh -c " + Quote(append([]string{c.Script, "sh"}, c.Args...)...)
}
