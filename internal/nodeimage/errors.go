package nodeimage

import (
	"fmt"
	"strings"
)

// BaseError says that there is no Debian to build an image on.
type BaseError struct {
	// Remedy says what a person can do about it.
	Remedy string
	// Log holds the last lines of output, where there is any.
	Log []string
	Err error
}

func (e *BaseError) Error() string {
	return withLog(fmt.Sprintf("no base image %s: %v; %s", debian, e.Err, e.Remedy), e.Log)
}

func (e *BaseError) Unwrap() error { return e.Err }

// BuildError says that the build of an image failed.
type BuildError struct {
	Image string
	// Log holds the last lines of the build's output.
	Log []string
	Err error
}

func (e *BuildError) Error() string {
	return withLog(fmt.Sprintf("build image %s: %v", e.Image, e.Err), e.Log)
}

func (e *BuildError) Unwrap() error { return e.Err }

func withLog(message string, log []string) string {
	if len(log) == 0 {
		return message
	}
	return message + "; the last lines of output:\n  " + strings.Join(log, "\n  ")
}
