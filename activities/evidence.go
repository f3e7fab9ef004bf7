package activities

import "strings"

// evidenceLines bounds how much of a tool's output a failure shows.
const evidenceLines = 15

// lastLines returns the end of an output as evidence.
func lastLines(output []byte) []string {
	lines := strings.Split(strings.TrimRight(string(output), "\n"), "\n")
	if len(lines) > evidenceLines {
		lines = lines[len(lines)-evidenceLines:]
	}
	if len(lines) == 1 && lines[0] == "" {
		return nil
	}
	return lines
}
