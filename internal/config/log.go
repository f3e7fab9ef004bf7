package config

import (
	"slices"
	"strings"
)

// Log says how the worker logs, to its standard error.
type Log struct {
	// Format is "text" or "json"; "text" by default.
	Format string `yaml:"format,omitempty"`
	// Level is the least level that is logged: "debug", "info", "warn" or "error";
	// "info" by default.
	Level string `yaml:"level,omitempty"`
}

func (p *parser) log(l Log) {
	p.oneOf("log.format", l.Format, []string{"text", "json"})
	p.oneOf("log.level", l.Level, []string{"debug", "info", "warn", "error"})
}

func (p *parser) oneOf(field, value string, all []string) {
	if value != "" && !slices.Contains(all, value) {
		p.once(field, value, "one of "+strings.Join(all, ", "))
	}
}
