package nodeimage

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/moby/moby/api/types/jsonstream"
)

// kept is how many lines of a build's output are kept as evidence.
const kept = 20

// quiet is how often at most a line of a build's output is shown.
const quiet = time.Second

var (
	stepLine = regexp.MustCompile(`^Step (\d+)/(\d+) :`)
	colors   = regexp.MustCompile("\x1b\\[[0-9;]*m")
)

// follow reads the engine's messages until they end, and tells of a build's
// steps and, now and then, where inside a step it is. It returns the last lines
// of the output, and the error that the engine reports in the stream.
func follow(stream io.Reader, progress func(string)) (log []string, err error) {
	decoder := json.NewDecoder(stream)
	var step string
	var shown time.Time
	for {
		var m jsonstream.Message
		if err := decoder.Decode(&m); errors.Is(err, io.EOF) {
			return log, nil
		} else if err != nil {
			return log, fmt.Errorf("read the engine's messages: %w", err)
		}
		if m.Error != nil {
			return log, m.Error
		}
		for _, line := range strings.Split(colors.ReplaceAllString(m.Stream, ""), "\n") {
			line = strings.TrimSpace(line)
			if line == "" {
				continue
			}
			if log = append(log, line); len(log) > kept {
				log = log[1:]
			}
			if s := stepLine.FindStringSubmatch(line); s != nil {
				step, shown = "step "+s[1]+" of "+s[2], time.Time{}
				progress(step)
			} else if now := time.Now(); now.Sub(shown) >= quiet && !strings.HasPrefix(line, "--->") {
				progress(step + ": " + shortened(line))
				shown = now
			}
		}
	}
}

// shortened cuts a line to what fits on a terminal.
func shortened(line string) string {
	const most = 100
	if r := []rune(line); len(r) > most {
		return string(r[:most]) + "…"
	}
	return line
}
