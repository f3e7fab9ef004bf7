package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

const (
	// instances is how many inotify instances a user may have in all. Each machine's systemd
	// takes a few, and a machine that gets none ends as it boots (inotify(7)).
	instances = "/proc/sys/fs/inotify/max_user_instances"
	// enough is for all machines of all tools at once.
	enough = 1024
)

// makeRoom has the kernel allow so many machines at once; what it returns has it
// allow as many as before.
func makeRoom() (undo func() error, err error) {
	nothing := func() error { return nil }
	text, err := os.ReadFile(instances)
	if err != nil {
		return nothing, err
	}
	allowed, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return nothing, fmt.Errorf("%s: %w", instances, err)
	}
	if allowed >= enough {
		return nothing, nil
	}
	if err := os.WriteFile(instances, []byte(strconv.Itoa(enough)), 0); err != nil {
		return nothing, errors.Join(fmt.Errorf("%d inotify instances are allowed, of which some thirty machines take all; run this as root, or: sysctl fs.inotify.max_user_instances=%d", allowed, enough), err)
	}
	return func() error { return os.WriteFile(instances, []byte(strconv.Itoa(allowed)), 0) }, nil
}
