package view

import (
	"fmt"
	"io"
	"strings"
)

// columns prints a table with a head.
func columns(out io.Writer, head []string, rows func(line func(...any))) {
	table := [][]string{head}
	rows(func(fields ...any) {
		line := make([]string, len(fields))
		for i, f := range fields {
			line[i] = Clean(fmt.Sprint(f))
		}
		table = append(table, line)
	})
	wide := make([]int, len(head))
	for _, line := range table {
		for i, field := range line {
			wide[i] = max(wide[i], Width(field))
		}
	}
	for _, line := range table {
		var b strings.Builder
		for i, field := range line {
			b.WriteString(pad(field, wide[i]+gap))
		}
		fmt.Fprintln(out, strings.TrimRight(b.String(), " "))
	}
}
