package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"

	"golang.org/x/term"
)

// hidden reads a line that is not shown while it is typed, shown one that is.
func hidden(fd int) ([]byte, error) { return term.ReadPassword(fd) }

func shown(int) ([]byte, error) {
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	return []byte(strings.TrimSpace(line)), err
}

// asking asks a person on the terminal; nil where there is no person.
func asking(read func(fd int) ([]byte, error)) func(ctx context.Context, prompt string) (string, error) {
	fd := int(os.Stdin.Fd())
	if !term.IsTerminal(fd) || !term.IsTerminal(int(os.Stderr.Fd())) {
		return nil
	}
	return func(ctx context.Context, prompt string) (string, error) {
		was, err := term.GetState(fd)
		if err != nil {
			return "", err
		}
		fmt.Fprint(os.Stderr, prompt)
		defer fmt.Fprintln(os.Stderr)
		type answer struct {
			text []byte
			err  error
		}
		answered := make(chan answer, 1)
		go func() {
			text, err := read(fd)
			answered <- answer{text, err}
		}()
		select {
		case a := <-answered:
			return string(a.text), a.err
		case <-ctx.Done():
			// Reading cannot be ended, but the terminal has to show again what is typed.
			return "", errors.Join(ctx.Err(), term.Restore(fd, was))
		}
	}
}

// whoami is who sits here, as user@host.
func whoami() string {
	name := "somebody"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		name += "@" + host
	}
	return name
}
