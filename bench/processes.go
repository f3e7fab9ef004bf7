package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a line of the kernel's table of processes.
type process struct {
	pid, parent int
	// cpu is its user and system time, and that of its children that ended.
	cpu time.Duration
}

// tick is the unit of times in /proc, the same on all of Linux's architectures.
const tick = 10 * time.Millisecond

// parseStat reads a /proc/PID/stat. The name in it may hold blanks and brackets.
func parseStat(text []byte) (process, error) {
	end := bytes.LastIndexByte(text, ')')
	pid, _, _ := bytes.Cut(text, []byte(" "))
	fields := strings.Fields(string(text[end+1:]))
	if end < 0 || len(fields) < 15 {
		return process{}, fmt.Errorf("not a process's stat: %q", text)
	}
	var p process
	var spent int64
	for i, field := range append([]string{string(pid), fields[1]}, fields[11:15]...) {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return process{}, fmt.Errorf("not a process's stat: %w", err)
		}
		switch i {
		case 0:
			p.pid = int(n)
		case 1:
			p.parent = int(n)
		default:
			spent += n
		}
	}
	p.cpu = time.Duration(spent) * tick
	return p, nil
}

// processes reads the table. What ends meanwhile is left out.
func processes() ([]process, error) {
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	var all []process
	for _, path := range paths {
		text, err := os.ReadFile(path) //nolint:gosec // the kernel's own
		if gone(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		p, err := parseStat(text)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, err
}

// gone tells whether an error says that there is no such process any more.
func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) }

// below returns the processes that descend from one, itself not among them.
func below(all []process, root int) []int {
	var found []int
	for _, p := range all {
		if p.parent == root {
			found = append(append(found, p.pid), below(all, p.pid)...)
		}
	}
	return found
}

// spent is the processor time of one process.
func spent(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	p, err := parseStat(text)
	return p.cpu, err
}

// size is the proportional set size of a process, in bytes; 0 once it has ended.
func size(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if gone(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return parseSize(text)
}

// parseSize reads a /proc/PID/smaps_rollup.
func parseSize(text []byte) (int64, error) {
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "Pss:" {
			kilobytes, err := strconv.ParseInt(fields[1], 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, fmt.Errorf("no Pss in %q", text)
}
