package view

import (
	"fmt"
	"io"
)

// Notes prints what concerns no single step.
func Notes(out io.Writer, notes []string) {
	for _, note := range notes {
		fmt.Fprintf(out, "! %s\n", Clean(note))
	}
}
