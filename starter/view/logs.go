package view

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"aiolos/starter/operation"
)

// Logs prints what jobs have printed, line by line.
type Logs struct {
	Out io.Writer
	// Named begins each line with the node and the step that it is of.
	Named bool
	// JSON prints each line as an object instead.
	JSON bool

	begun map[string]string // by job and node, a line whose end has not come yet
}

// logLine is a line as JSON.
type logLine struct {
	Node    string `json:"node"`
	Step    string `json:"step"`
	Attempt int    `json:"attempt"`
	Line    string `json:"line"`
}

// maxLogLine bounds a line without an end, in bytes, before it is printed all the same.
const maxLogLine = 64 << 10

// Show prints the lines that a piece completes.
func (l *Logs) Show(p operation.LogPiece) {
	if l.begun == nil {
		l.begun = map[string]string{}
	}
	key := p.Node + " " + p.ID
	text := l.begun[key] + p.Text
	for {
		line, rest, whole := strings.Cut(text, "\n")
		if !whole {
			break
		}
		l.line(p, line)
		text = rest
	}
	if text != "" && (p.Ended || len(text) > maxLogLine) {
		l.line(p, text)
		text = ""
	}
	l.begun[key] = text
}

// Flush prints the lines whose end has not come.
func (l *Logs) Flush(p operation.LogPiece) {
	p.Text, p.Ended = "", true
	l.Show(p)
}

func (l *Logs) line(p operation.LogPiece, line string) {
	// What draws progress overwrites its line: the last of it is what counts.
	line = strings.TrimRight(line, "\r")
	line = line[strings.LastIndexByte(line, '\r')+1:]
	line = indent(line) + Clean(line)
	switch {
	case l.JSON:
		text, _ := json.Marshal(logLine{p.Node, p.Step, p.Attempt, line}) //nolint:errchkjson // strings and a number only
		line = string(text)
	case l.Named:
		line = fmt.Sprintf("%s %s | %s", p.Node, p.Step, line)
	}
	// Output that cannot be shown is found out about by the next call of the program.
	_, _ = fmt.Fprintln(l.Out, strings.TrimRight(line, " "))
}

// indent is the white space that a line begins with: in output it often means something.
func indent(line string) string {
	n := 0
	for n < len(line) && (line[n] == ' ' || line[n] == '\t') {
		n++
	}
	return strings.ReplaceAll(line[:n], "\t", "    ")
}
