package deploy

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
)

var (
	undeclared = regexp.MustCompile(`\Aundeclared reference to '([^']*)'`)
	undefined  = regexp.MustCompile(`\Aundefined field '([^']*)'`)
)

// explain makes one line of what the compiler says.
func (s *scope) explain(text string, issues *cel.Issues) error {
	var lines []string
	for _, issue := range issues.Errors() {
		message := strings.TrimSuffix(firstLine(issue.Message), " (in container '')")
		if m := undeclared.FindStringSubmatch(message); m != nil {
			message = fmt.Sprintf("unknown name %s: %s; a literal ${ is written $${", m[1], suggest(m[1], s.known))
			if strings.Contains(text, m[1]+"(") {
				message = fmt.Sprintf("unknown function %s: %s", m[1], suggest(m[1], s.functions()))
			}
		}
		if m := undefined.FindStringSubmatch(message); m != nil {
			message = fmt.Sprintf("unknown member %s: %s", m[1], suggest(m[1], s.members(m[1])))
		}
		if !slices.Contains(lines, message) && len(lines) < 3 {
			lines = append(lines, message)
		}
	}
	return errors.New(strings.Join(lines, "; "))
}

// functions are the functions and macros that there are; operators have names
// that begin with a sign.
func (s *scope) functions() []string {
	var names []string
	for _, name := range sortedKeys(s.env.Functions()) {
		if name[0] >= 'a' && name[0] <= 'z' {
			names = append(names, name)
		}
	}
	for _, m := range s.env.Macros() {
		if !slices.Contains(names, m.Function()) {
			names = append(names, m.Function())
		}
	}
	return names
}

// members are what an undefined member could have been meant to be. Nodes have
// every member, so it is either one of the parameters or one of a disk's.
func (s *scope) members(name string) []string {
	disk := s.fields[diskType]
	if _, ok := closest(name, disk); ok {
		if _, ok := closest(name, s.fields[parametersType]); !ok {
			return disk
		}
	}
	return s.fields[parametersType]
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	// The parser lists every token that it would have taken.
	line, _, _ = strings.Cut(line, " expecting {")
	return strings.TrimPrefix(line, "ERROR: <input>:")
}
