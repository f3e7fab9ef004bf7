package nodeimage

import (
	"bufio"
	"io"
	"time"
)

// tell reads a tool's output to its end, passes a line on now and then, and
// returns the last ones.
func tell(output io.Reader, progress func(string)) (log []string) {
	var shown time.Time
	scanner := bufio.NewScanner(output)
	for scanner.Scan() {
		if log = append(log, scanner.Text()); len(log) > kept {
			log = log[1:]
		}
		if now := time.Now(); now.Sub(shown) >= quiet {
			progress(shortened(scanner.Text()))
			shown = now
		}
	}
	// A line beyond the scanner's limit must not leave the tool stuck writing.
	_, _ = io.Copy(io.Discard, output)
	return log
}
