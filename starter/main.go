// Command aiolos is the command line of Aiolos: it starts operations on
// deployments, follows them, and says where deployments stand.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"aiolos/activities"
	"aiolos/internal/heap"
	"aiolos/starter/command"
	"aiolos/starter/operation"
	"aiolos/starter/view"
)

func main() {
	heap.Pace{Room: 64 << 20, Percent: 100}.Keep()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// Whoever interrupts a second time does not want to wait.
	context.AfterFunc(ctx, stop)
	os.Exit(command.Run(ctx, command.Setting{
		Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Terminal: terminal,
		Ask: asking(hidden), Type: asking(shown), User: whoami(),
		Dial: operation.DialAs(whoami()), Actions: activities.Types(), Pace: operation.UsualPace(),
	}, os.Args[1:]))
}

// terminal is the size of the terminal that standard error is.
func terminal() (view.Size, bool) {
	fd := int(os.Stderr.Fd())
	if !term.IsTerminal(fd) || os.Getenv("TERM") == "dumb" {
		return view.Size{}, false
	}
	width, height, err := term.GetSize(fd)
	// Some terminals, such as serial ones, do not know their size.
	if err != nil || width < 1 || height < 1 {
		return view.Size{}, false
	}
	return view.Size{Width: width, Height: height}, true
}
