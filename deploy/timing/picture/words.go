package picture

import (
	"fmt"
	"strings"

	"aiolos/deploy/timing"
)

// kinds say what goes on, for the legend and tooltips.
var kinds = map[timing.Kind]string{
	timing.Working: "working", timing.Awaiting: "awaiting a signal or a person", timing.Again: "attempts that came to nothing",
	timing.Worker: "waiting for a worker", timing.Held: "held: a fact, a turn, a place, a decision", timing.Engine: "Temporal and the workflow",
}

// summary is what the whole picture says.
func summary(t *timing.Timing) string {
	took := "took"
	if t.Running {
		took = "has taken"
	}
	text := fmt.Sprintf("%s %s", took, seconds(t.Wall))
	if t.Bound > 0 {
		text += fmt.Sprintf(", %.2f times the bound of %s", t.Ratio(), seconds(t.Bound))
	}
	return text
}

// split says how the critical path divides.
func split(t *timing.Timing) string {
	var parts []string
	for _, s := range t.Shares {
		parts = append(parts, fmt.Sprintf("%s %s (%.1f %%)", s.Kind, seconds(s.Took), s.Of*100))
	}
	return "Along the critical path: " + strings.Join(parts, ", ")
}

// describe tells in words what the picture shows.
func describe(t *timing.Timing) string {
	said := []string{t.Deployment + " on " + fmt.Sprint(t.Nodes) + " nodes " + summary(t) + ".", split(t) + "."}
	for i := range t.Steps {
		s := &t.Steps[i]
		said = append(said, fmt.Sprintf("Step %s: from %s to %s, %s of the critical path.", s.Step, seconds(s.From), seconds(s.To), seconds(s.Path)))
	}
	return strings.Join(said, " ")
}

// nodes says on how many nodes a step was.
func nodes(s *timing.StepTiming) string {
	switch {
	case s.Ended < s.Nodes:
		return fmt.Sprintf("%d of %d nodes ended", s.Ended, s.Nodes)
	case s.Nodes == 1:
		return "1 node"
	default:
		return fmt.Sprintf("%d nodes", s.Nodes)
	}
}

// about is the tooltip of a stretch.
func about(place timing.Place, s timing.Stretch) string {
	text := place.Step
	if place.Node != "" {
		text += " on " + place.Node
	}
	if text == "" {
		text = "the end"
	}
	return fmt.Sprintf("%s: %s, %s, from %s to %s", text, kinds[s.Kind], seconds(s.Took()), seconds(s.From), seconds(s.To))
}
