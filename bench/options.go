package main

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"aiolos/deploy"
)

// options say what is measured.
type options struct {
	rounds int
	// sizes are the numbers of nodes that are made into a pool.
	sizes []int
	// grow is how many nodes the pools of the first size grow to; 0 means that none does.
	grow  int
	tools []string
	// base is the first of the lab's five ports.
	base int
	// out is the file that every single figure is written to; empty means none.
	out string
}

// parse reads the options. ROUNDS, NODES, TOOLS, GROW and OUT in the environment
// stand for the flags of those names.
func parse(args []string, env func(string) string) (options, error) {
	or := func(name, otherwise string) string {
		if value := env(name); value != "" {
			return value
		}
		return otherwise
	}
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	rounds := flags.String("rounds", or("ROUNDS", "3"), "how often each figure is measured")
	sizes := flags.String("nodes", or("NODES", "3,6"), "numbers of nodes, with commas between")
	grow := flags.String("grow", or("GROW", "5"), "what pools of the first size grow to; 0 leaves that out")
	tools := flags.String("tools", or("TOOLS", strings.Join(usual, ",")), "what is measured, with commas between: "+strings.Join(known(), ", "))
	flags.IntVar(&o.base, "ports", 23000, "the first of five ports of the lab")
	flags.StringVar(&o.out, "out", env("OUT"), "a file for every single figure, as JSON")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	var problems []deploy.Problem
	number := func(field, text string, least, most int) int {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < least || n > most {
			problems = append(problems, deploy.Problem{Field: field, Value: text, Allowed: fmt.Sprintf("%d to %d", least, most)})
		}
		return n
	}
	o.rounds = number("rounds", *rounds, 1, 100)
	for text := range strings.SplitSeq(*sizes, ",") {
		o.sizes = append(o.sizes, number("nodes", text, 2, 20))
	}
	if o.grow = number("grow", *grow, 0, 20); o.grow != 0 && o.grow <= o.sizes[0] {
		problems = append(problems, deploy.Problem{Field: "grow", Value: *grow, Allowed: "0, or more than the first of nodes"})
	}
	for name := range strings.SplitSeq(*tools, ",") {
		if o.tools = append(o.tools, name); !slices.Contains(known(), name) {
			problems = append(problems, deploy.Problem{Field: "tools", Value: name, Allowed: strings.Join(known(), ", ")})
		}
	}
	if !slices.Contains(o.tools, bound) {
		problems = append(problems, deploy.Problem{Field: "tools", Value: *tools, Allowed: bound + " among them, as all else is told as a ratio to it"})
	}
	if len(problems) > 0 {
		return o, &deploy.InvalidError{Problems: problems}
	}
	return o, nil
}
