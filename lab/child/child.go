// Package child keeps another program running for as long as this one does, and
// no longer: however this process ends, the kernel kills the program with it.
package child

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Program is what is kept running.
type Program struct {
	// Path and Args are the executable and its arguments.
	Path string
	Args []string
	// Env is its whole environment.
	Env []string
	// Log is the file that its output is appended to.
	Log string
	// Ended is told of every time it ends by itself, and when it is started
	// again; may be nil.
	Ended func(err error, again time.Duration)
}

const (
	// patience is how long the program may take to stop.
	patience = 15 * time.Second
	// A program that ends is started again after firstPause, then after twice as
	// long each time up to longestPause; one that lived for settled begins anew.
	firstPause   = 500 * time.Millisecond
	longestPause = 30 * time.Second
	settled      = 5 * time.Second
	// lastLines is how many lines of its log an error shows.
	lastLines = 15
)

// EndedError says that the program ended before it was ready.
type EndedError struct {
	Path string
	// Log holds the last lines that it printed.
	Log []string
	Err error
}

func (e *EndedError) Error() string {
	message := fmt.Sprintf("%s ended before it was ready: %v", e.Path, e.Err)
	if len(e.Log) > 0 {
		message += "\n  " + strings.Join(e.Log, "\n  ")
	}
	return message
}

func (e *EndedError) Unwrap() error { return e.Err }

// end is how something ended.
type end struct{ err error }

// Child is a program that is kept running.
type Child struct {
	stop  context.CancelFunc
	ended chan struct{}
}

// Start starts the program and returns once ready returns nil. If the program
// ends before that, it is not started again: the error is an *EndedError. Once
// it was ready, it is started again whenever it ends, until Stop.
func Start(ctx context.Context, p Program, ready func(context.Context) error) (*Child, error) {
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	before := size(p.Log)
	first := launch(life, p)
	waiting, enough := context.WithCancel(ctx)
	defer enough()
	answered := make(chan end, 1)
	go func() { answered <- end{ready(waiting)} }()
	select {
	case answer := <-answered:
		if answer.err != nil {
			stop()
			<-first
			return nil, answer.err
		}
	case ended := <-first:
		stop()
		enough()
		<-answered
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &EndedError{Path: p.Path, Log: tail(p.Log, before), Err: ended.err}
	}
	c := &Child{stop: stop, ended: make(chan struct{})}
	go func() {
		defer close(c.ended)
		keep(life, p, first)
	}()
	return c, nil
}

// Stop stops the program, and returns once it has ended.
func (c *Child) Stop() {
	c.stop()
	<-c.ended
}

// keep starts the program again whenever it ends, until ctx does.
func keep(ctx context.Context, p Program, running <-chan end) {
	pause := firstPause
	for {
		began := time.Now()
		ended := <-running
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) >= settled {
			pause = firstPause
		}
		if p.Ended != nil {
			p.Ended(ended.err, pause)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
		pause = min(2*pause, longestPause)
		running = launch(ctx, p)
	}
}

// launch starts the program and tells how it ended. When ctx ends the program
// is asked to stop, and killed if it does not.
func launch(ctx context.Context, p Program) <-chan end {
	ended := make(chan end, 1)
	go func() {
		// The kernel kills the program when the *thread* that started it ends,
		// so this one is kept for as long as the program runs.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		ended <- end{run(ctx, p)}
	}()
	return ended
}

func run(ctx context.Context, p Program) error {
	log, err := os.OpenFile(p.Log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.CommandContext(ctx, p.Path, p.Args...) //nolint:gosec // the programs of the lab
	cmd.Env, cmd.Stdout, cmd.Stderr = p.Env, log, log
	// A group of its own keeps a terminal's interrupt from it: it is stopped by
	// this process, in its turn.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = patience
	if err := cmd.Run(); err != nil {
		return err
	}
	return errors.New("it ended by itself with exit code 0")
}

// size is the size of a file; 0 where there is none.
func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// tail returns the last lines of a file behind an offset, as far as it can be read.
func tail(path string, offset int64) []string {
	const most = 16 << 10
	file, err := os.Open(path) //nolint:gosec // a log of the lab
	if err != nil {
		return nil
	}
	defer file.Close()
	text := make([]byte, most)
	n, _ := file.ReadAt(text, max(offset, size(path)-most))
	if n == 0 {
		return nil
	}
	lines := strings.Split(strings.TrimRight(string(text[:n]), "\n"), "\n")
	return lines[max(0, len(lines)-lastLines):]
}
