package view

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"aiolos/deploy"
)

// JSON prints a value for programs. Sealed values in it are hidden.
func JSON(out io.Writer, value any) error {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	// A sealed value is found by its brackets.
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return err
	}
	_, err := io.WriteString(out, deploy.HideSealed(b.String()))
	return err
}

// PreviewJSON prints a preview for programs, with all nodes written out.
func PreviewJSON(out io.Writer, p deploy.Preview) error {
	return JSON(out, struct {
		Plan     any               `json:"plan"`
		Existing []deploy.Instance `json:"existing"`
	}{p.Plan.WrittenOut(), p.Existing})
}

func nodes(out io.Writer, all []deploy.NodeStatus) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintln(out)
	columns(out, []string{"NODE", "ADDRESS", "HOSTNAME"}, func(line func(...any)) {
		for _, n := range all {
			line(n.Name, n.Address, n.Hostname)
		}
	})
}

func outputs(out io.Writer, values map[string]any) {
	if len(values) == 0 {
		return
	}
	fmt.Fprintln(out)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		fmt.Fprintf(out, "%s: %s\n", Clean(name), Clean(text(values[name])))
	}
}

// text is a value as a person wants it: strings as they are, all else as JSON.
func text(value any) string {
	if s, ok := value.(string); ok {
		return s
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(value) != nil {
		return fmt.Sprint(value)
	}
	return strings.TrimSpace(b.String())
}
