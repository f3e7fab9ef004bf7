package view

import (
	"fmt"
	"io"
	"strings"

	"aiolos/deploy"
)

// Blueprints lists blueprints, a line each.
func Blueprints(out io.Writer, all []deploy.Outline) {
	columns(out, []string{"NAME", "PARAMETERS", "GROUPS", "STEPS", "DESCRIPTION"}, func(line func(...any)) {
		for _, b := range all {
			line(b.Name, len(b.Parameters), len(b.Groups), len(b.Steps), b.Description)
		}
	})
}

// Blueprint shows what a blueprint says before its parameters are filled in.
func Blueprint(out io.Writer, b deploy.Outline) {
	fmt.Fprintln(out, Clean(b.Name+with(": ", b.Description)))
	if len(b.Parameters) > 0 {
		fmt.Fprintln(out)
		columns(out, []string{"PARAMETER", "TYPE", "DEFAULT", "ALLOWED", "DESCRIPTION"}, func(line func(...any)) {
			for i := range b.Parameters {
				p := &b.Parameters[i]
				kind := string(p.Type)
				if p.Sensitive {
					kind += ", sensitive"
				}
				line(p.Name, kind, defaultOf(p), allowed(p), p.Description)
			}
		})
	}
	fmt.Fprintln(out)
	columns(out, []string{"GROUP", "NODES", "PROFILE", "IMAGE", "DISKS", "FACTS"}, func(line func(...any)) {
		for _, g := range b.Groups {
			line(g.Name, g.Count, g.Profile, orDash(g.Image), g.Disks, orDash(strings.Join(g.Facts, ", ")))
		}
	})
	if len(b.Steps) > 0 {
		fmt.Fprintln(out)
		columns(out, []string{"STEP", "ACTION", "ON", "NEEDS", "HOW"}, func(line func(...any)) {
			for _, s := range b.Steps {
				line(s.Name, s.Action, s.On, orDash(needsOf(s)), orDash(strings.Join(how(s), ", ")))
			}
		})
	}
	if len(b.Outputs) > 0 {
		fmt.Fprintln(out)
		columns(out, []string{"OUTPUT", "VALUE"}, func(line func(...any)) {
			for _, o := range b.Outputs {
				line(o.Name, o.Value)
			}
		})
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// defaultOf is a parameter's default as a person wants it.
func defaultOf(p *deploy.Parameter) string {
	switch p.Default {
	case nil:
		return "(to be given)"
	case "":
		return `""`
	}
	return text(p.Default)
}

// allowed is which values a parameter takes, beyond its type.
func allowed(p *deploy.Parameter) string {
	bare := deploy.Parameter{Type: p.Type}
	rest := strings.TrimPrefix(p.Allowed(), bare.Allowed())
	rest = strings.TrimPrefix(strings.TrimSpace(rest), "of ")
	return orDash(strings.TrimPrefix(rest, "that "))
}

func needsOf(s deploy.OutlineStep) string {
	needs := make([]string, len(s.Needs))
	for i, n := range s.Needs {
		needs[i] = n.Step + " (" + n.Of + ")"
	}
	return strings.Join(needs, ", ")
}

// how says what is special about how a step runs.
func how(s deploy.OutlineStep) []string {
	var all []string
	if s.When != "" {
		all = append(all, "when "+s.When)
	}
	if s.Parallel != "" {
		all = append(all, "at most "+s.Parallel+" at once")
	}
	if s.Timeout > 0 {
		all = append(all, "within "+seconds(s.Timeout))
	}
	if s.Retry > 1 {
		all = append(all, Count(s.Retry, "attempt", "attempts"))
	}
	return all
}
