package facter

import "regexp"

const (
	maxNames = 200
	maxName  = 200 // bytes
)

var namePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$`)

func checkName(name string) error {
	if len(name) > maxName || !namePattern.MatchString(name) {
		return &NameError{
			Problem: shorten(name),
			Allowed: "letters, digits, _ and - after a letter or _, and more of them after dots, at most 200",
		}
	}
	return nil
}

func shorten(text string) string {
	if len(text) > 80 {
		return text[:80] + "…"
	}
	return text
}
