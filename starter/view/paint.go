package view

import "aiolos/deploy"

// paint colours text. Colours only repeat what the words and marks say.
type paint bool

// Escape sequences of the colours used (ECMA-48, SGR).
const (
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	plain  = "\x1b[0m"
)

func (p paint) in(colour, s string) string {
	if !p || colour == "" || s == "" {
		return s
	}
	return colour + s + plain
}

func stepColour(state deploy.StepState) string {
	switch state {
	case deploy.StepDone:
		return green
	case deploy.StepRunning:
		return yellow
	case deploy.StepFailed:
		return red
	default:
		return dim
	}
}
