package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// machine tells what was measured on, and when.
func machine() string {
	memory := "?"
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		var kilobytes int64
		if _, err := fmt.Sscanf(string(text), "MemTotal: %d kB", &kilobytes); err == nil {
			memory = fmt.Sprint((kilobytes + 1<<19) >> 20)
		}
	}
	return fmt.Sprintf("%d processors (%s), %s GiB, %s, %s", runtime.NumCPU(), processor(), memory, runtime.GOOS, time.Now().Format(time.DateOnly))
}

// processor is its name as the kernel tells it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return runtime.GOARCH
}
