// Package view renders operations for people: as a table that is redrawn on a
// terminal, as plain lines elsewhere, and as text at the end.
package view

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/width"

	"aiolos/deploy"
)

// escapes are the sequences by which text commands a terminal.
var escapes = regexp.MustCompile(`\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)?|\x1b[@-_]?`)

// Clean makes what a node or a tool said safe to be shown on one line: it could
// move the cursor or paint the screen otherwise. Sealed values in it are hidden.
func Clean(s string) string {
	s = escapes.ReplaceAllString(deploy.HideSealed(s), "")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case unicode.Is(unicode.C, r): // controls, and formats such as right-to-left overrides
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.TrimSpace(s)
}

// cleanLines cleans a text of several lines, line by line.
func cleanLines(s string) []string {
	var lines []string
	for line := range strings.Lines(s) {
		lines = append(lines, Clean(line))
	}
	return lines
}

// cells is how many columns of a terminal a rune takes.
func cells(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

// Width is how many columns of a terminal a text takes.
func Width(s string) int {
	n := 0
	for _, r := range s {
		n += cells(r)
	}
	return n
}

// fit shortens a text to at most n columns and says with "…" that it did.
func fit(s string, n int) string {
	if Width(s) <= n {
		return s
	}
	if n < 1 {
		return ""
	}
	taken := 0
	for i, r := range s {
		if taken += cells(r); taken > n-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// pad fills a text up to n columns.
func pad(s string, n int) string { return s + strings.Repeat(" ", max(0, n-Width(s))) }

// duration is how long something took, short enough for a cell.
func duration(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < 10*time.Second-50*time.Millisecond:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute-time.Second/2:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < time.Hour-time.Second/2:
		s := int(d.Round(time.Second).Seconds())
		return fmt.Sprintf("%d:%02d min", s/60, s%60)
	default:
		m := int(d.Round(time.Minute).Minutes())
		return fmt.Sprintf("%d:%02d h", m/60, m%60)
	}
}

// Count says how many there are of something.
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
