package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	// calm is the share of the processors' time that others may use.
	calm = 0.1
	// window is how long that is looked at, and patience for how long at most it
	// is waited for.
	window   = 500 * time.Millisecond
	patience = 20 * time.Second
)

// quiet waits, though not for long, until the machine has little else to do: what
// was just booted or measured settles first.
func quiet(ctx context.Context) error {
	tick := time.NewTicker(window)
	defer tick.Stop()
	last, err := readUse()
	for deadline := time.Now().Add(patience); err == nil; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		var now use
		if now, err = readUse(); err != nil {
			break
		}
		busy := now.busySince(last)
		if busy <= calm {
			return nil
		}
		if time.Now().After(deadline) {
			fmt.Fprintf(os.Stderr, "the machine is not quiet: %.0f %% of its processors' time is used by others\n", 100*busy)
			return nil
		}
		last = now
	}
	return err
}

// use is how the processors' time was spent since boot, in ticks.
type use struct{ idle, all int64 }

func readUse() (use, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return use{}, err
	}
	return parseUse(string(text))
}

// parseUse reads the first line of /proc/stat.
func parseUse(text string) (use, error) {
	line, _, _ := strings.Cut(text, "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return use{}, fmt.Errorf("not the use of processors: %q", line)
	}
	var u use
	for i, field := range fields[1:9] { // what follows is contained in these
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return use{}, fmt.Errorf("not the use of processors: %w", err)
		}
		u.all += n
		if i == 3 || i == 4 { // waiting for a disk is idle, too
			u.idle += n
		}
	}
	return u, nil
}

// busySince is the share of the time since then that was used.
func (u use) busySince(earlier use) float64 {
	all := u.all - earlier.all
	if all == 0 {
		return 0
	}
	return 1 - float64(u.idle-earlier.idle)/float64(all)
}
