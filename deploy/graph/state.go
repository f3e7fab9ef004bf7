package graph

import "aiolos/deploy"

// State is how far a step has come.
type State string

// The states of a step. The zero value is the state of a step of a blueprint
// that nobody has started.
const (
	Waiting State = "waiting"
	Running State = "running"
	Done    State = "done"
	Failed  State = "failed"
	Skipped State = "skipped"
)

// Look is how a box of one kind appears. Text on Fill has a contrast of at
// least 7:1, and Line on white one of at least 3:1.
type Look struct {
	Fill, Line, Text string
	// Mark is a sign and a word, since colour alone tells nothing in print, nor
	// to those who see it otherwise.
	Mark string
	// Heavy draws a thicker border.
	Heavy bool
}

var (
	plain = Look{Fill: "#ffffff", Line: "#3b4a5a", Text: "#17212b"}
	looks = map[State]Look{
		Waiting: {Fill: "#f1f3f5", Line: "#6b7785", Text: "#17212b", Mark: "… waiting"},
		Running: {Fill: "#dcebff", Line: "#0b5cad", Text: "#06264a", Mark: "▶ running", Heavy: true},
		Done:    {Fill: "#def5e4", Line: "#1b7a3d", Text: "#0a2e17", Mark: "✓ done"},
		Failed:  {Fill: "#ffe1de", Line: "#b3261e", Text: "#4a0b07", Mark: "✗ failed", Heavy: true},
		Skipped: {Fill: "#ffffff", Line: "#6b7785", Text: "#3b4a5a", Mark: "– skipped"},
	}
	// FactLook is how the mark of a fact appears.
	FactLook = Look{Fill: "#ffffff", Line: "#0b5cad", Text: "#06264a"}
)

// Look returns how a step in this state appears. A state that is not known is
// shown by its name.
func (s State) Look() Look {
	if s == "" {
		return plain
	}
	if l, ok := looks[s]; ok {
		return l
	}
	l := plain
	l.Mark = string(s)
	return l
}

// Frame is how the frame of a group appears.
type Frame struct{ Fill, Line string }

// frames differ by lightness as well, and are told apart by their titles.
var frames = []Frame{
	{"#eaf2fb", "#4a76a8"}, {"#fdf1e0", "#9a6a1f"}, {"#eaf6ec", "#4b8558"},
	{"#f4ecf8", "#80579b"}, {"#fbeaea", "#a35a5a"}, {"#e8f5f5", "#3f8080"},
}

// FrameOf returns how the frame of the group at a position appears.
func FrameOf(position int) Frame { return frames[position%len(frames)] }

// StateOf is how far a step has come, on all its nodes together.
func StateOf(c deploy.StepCount) State {
	switch {
	case c.Failed > 0:
		return Failed
	case c.Running > 0 || (c.Waiting > 0 && c.Done > 0):
		return Running
	case c.Waiting > 0:
		return Waiting
	case c.Done > 0:
		return Done
	}
	return Skipped
}
