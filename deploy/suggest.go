package deploy

import (
	"fmt"
	"slices"
	"strings"
)

// suggest says which names are known, and first the one that was probably meant.
func suggest(name string, known []string) string {
	known = slices.Sorted(slices.Values(known))
	if len(known) == 0 {
		return "none"
	}
	list := "one of: " + strings.Join(known, ", ")
	if close, ok := closest(name, known); ok {
		return fmt.Sprintf("did you mean %s? %s", close, list)
	}
	return list
}

// closest returns the known name that differs least from name, if it does not
// differ too much to have been meant.
func closest(name string, known []string) (string, bool) {
	const longest = 64 // no name is longer; bounds the work for hostile input
	if len(name) > longest {
		return "", false
	}
	best, least := "", max(1, len(name)/3)+1
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best, best != ""
}

// distance counts the letters that have to be inserted, removed, exchanged, or
// swapped with their neighbour, to make b of a.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			d := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				d++
			}
			d = min(d, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}
