// Command flame draws a profile of Go's pprof as a flame graph: flame PROFILE >SVG.
// The wider a box, the more processor time was spent in it and in what it called.
package main

import (
	"fmt"
	"os"

	"github.com/google/pprof/profile"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "flame:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("there are %d arguments: allowed is one, a profile's file", len(args))
	}
	file, err := os.Open(args[0]) //nolint:gosec // what was asked for
	if err != nil {
		return err
	}
	defer file.Close()
	p, err := profile.Parse(file)
	if err != nil {
		return err
	}
	_, err = os.Stdout.WriteString(draw(fold(p)))
	return err
}
