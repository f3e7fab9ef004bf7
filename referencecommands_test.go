package aiolos_test

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"aiolos/activities"
	"aiolos/starter/command"
)

// commandTables describes every command with its flags.
func commandTables(b *strings.Builder) {
	b.WriteString("\n## Commands\n\n`aiolos COMMAND --help` says more, with examples.\n")
	for _, c := range command.Commands(command.Setting{Getenv: func(string) string { return "" }, Actions: activities.Types()}) {
		fmt.Fprintf(b, "\n### aiolos %s\n\n%s.\n", c.Use, c.Short)
		if !c.Flags().HasFlags() {
			continue
		}
		b.WriteString("\n| flag | |\n|---|---|\n")
		c.Flags().VisitAll(func(f *pflag.Flag) {
			name := "--" + f.Name
			if f.Shorthand != "" {
				name = "-" + f.Shorthand + ", " + name
			}
			fmt.Fprintf(b, "| `%s` | %s |\n", name, f.Usage)
		})
	}
}
