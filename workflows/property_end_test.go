package workflows_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.temporal.io/sdk/temporal"
	"pgregory.net/rapid"

	"aiolos/deploy"
)

// TestRollbackUndoesWhatWasDone: what the run made is unmade, in reverse order,
// and nothing that there was before.
func TestRollbackUndoesWhatWasDone(t *testing.T) {
	asked := shape{onFailure: []string{deploy.OnFailureRollback}, cancel: true, parallel: true, gluster: true, tied: true}
	decided := shape{onFailure: []string{deploy.OnFailurePause}, abort: true, parallel: true, gluster: true, tied: true}
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.OneOf(scenarios(asked), scenarios(decided)).Draw(t, "scenario")
		s := simulate(t, c, rapid.Uint64().Draw(t, "seed"))
		status := s.status(t)
		there := map[string]bool{}
		for _, i := range s.provider.existing {
			there[i.Node] = true
		}
		for _, n := range c.Existing {
			if !there[n] {
				t.Fatalf("%s was there before, and is gone", n)
			}
		}
		undone, stay := s.undone(t)
		if status.State != deploy.StateRolledBack {
			if len(undone)+len(s.provider.terminated) > 0 {
				t.Fatalf("it is %s, and yet something was undone: %v, %v", status.State, undone, s.provider.terminated)
			}
			return
		}
		if want := s.undoable(); !slices.Equal(undone, want) {
			t.Fatalf("undone was %v, and not %v", undone, want)
		}
		if len(stay) > 0 && slices.ContainsFunc(s.events, func(e event) bool { return e.what == "undo" && len(e.leaving) > 0 }) {
			// Others still count on the nodes that this run launched.
			if len(s.provider.terminated) > 0 {
				t.Fatalf("terminated were %v, though %v could not be undone", s.provider.terminated, stay)
			}
			for _, n := range c.nodes() {
				if there[n] && !slices.Contains(c.Existing, n) {
					stay = append(stay, n)
				}
			}
		} else if len(there) != len(c.Existing) {
			t.Fatalf("what the run launched is there still: %v, and not only %v", there, c.Existing)
		}
		for _, name := range stay {
			step, node, both := strings.Cut(name, "/")
			if both {
				name = step + " on " + node
			}
			if !slices.ContainsFunc(status.Left, func(l string) bool { return strings.HasPrefix(l, name+":") }) {
				t.Fatalf("%s is left, and the outcome does not say so: %v", name, status.Left)
			}
		}
		if len(status.Left) != len(stay) {
			t.Fatalf("left is %v, and said to be left %v", stay, status.Left)
		}
	})
}

// undone is what was undone, in order, and what of it could not be. Whoever
// undoes it is told what was made.
func (s *sim) undone(t fatal) (undone, stay []string) {
	said := s.made()
	for _, e := range s.events {
		if e.what == "undo" {
			did := on(on(e.step, e.node), strconv.Itoa(e.attempt))
			if (len(e.made) == 1 && e.made[0] == "made "+did) != slices.Contains(said, "did "+did) {
				t.Fatalf("%s is undone, of which was made: %v", did, e.made)
			}
			undone = append(undone, on(e.step, e.node))
			if e.bad {
				stay = append(stay, on(e.step, e.node))
			}
		}
	}
	return undone, stay
}

// undoable is what has to be undone: on nodes that stay, all that was begun there
// and can be undone, what comes last in the plan first.
func (s *sim) undoable() []string {
	begun := map[string]bool{}
	for _, e := range s.events {
		begun[on(e.step, e.node)] = begun[on(e.step, e.node)] || e.what == "start"
	}
	var all []string
	if s.plan == nil {
		return nil
	}
	for _, step := range slices.Backward(s.plan.Steps) {
		for _, node := range slices.Backward(step.Nodes) {
			if begun[on(step.Name, node)] && strings.HasPrefix(step.Action, "gluster_") && slices.Contains(s.c.Existing, node) {
				all = append(all, on(step.Name, node))
			}
		}
	}
	return all
}

// TestEndTellsAll: a run that failed or was cancelled leaves no step of which it
// is not told how it ended, and names each that failed.
func TestEndTellsAll(t *testing.T) {
	stopped := shape{
		onFailure: []string{deploy.OnFailureFail, deploy.OnFailureRollback, deploy.OnFailurePause},
		abort:     true, cancel: true, parallel: true, gluster: true,
	}
	rapid.Check(t, func(t *rapid.T) {
		c := scenarios(stopped).Draw(t, "scenario")
		s := simulate(t, c, rapid.Uint64().Draw(t, "seed"))
		status, err := s.status(t), s.GetWorkflowError()
		for _, st := range status.Steps {
			if st.State == deploy.StepWaiting || st.State == deploy.StepRunning {
				t.Fatalf("it is over (%s), and %s on %s is %s: %s", status.State, st.Name, st.Node, st.State, st.Message)
			}
			stopped := st.Message == "cancelled" || (st.Message == "undone" && temporal.IsCanceledError(err))
			if st.State != deploy.StepFailed || stopped || st.Name == deploy.StepLaunch {
				continue
			}
			if !names(status.Failures, st.Name, st.Node) {
				t.Fatalf("%s on %s has failed (%s), and is not among the failures: %v", st.Name, st.Node, st.Message, status.Failures)
			}
		}
		for _, f := range status.Failures {
			at := slices.IndexFunc(status.Steps, func(st deploy.StepStatus) bool { return st.Name == f.Step && st.Node == f.Node })
			if at < 0 || status.Steps[at].State != deploy.StepFailed {
				t.Fatalf("%s on %s has not failed, and yet is among the failures: %s", f.Step, f.Node, f.Message)
			}
		}
		for _, e := range s.made() {
			if !slices.Contains(status.Changes, e) {
				t.Fatalf("%q is not told: %v", e, status.Changes)
			}
		}
		checkError(t, status, err)
	})
}

// checkError holds the error that an operation ends with against its status.
func checkError(t fatal, status deploy.Status, err error) {
	var application *temporal.ApplicationError
	switch {
	case status.State == deploy.StateDone:
		if err != nil {
			t.Fatalf("it is done, and yet: %v", err)
		}
	case temporal.IsCanceledError(err):
		if status.State != deploy.StateCancelled && status.State != deploy.StateRolledBack {
			t.Fatalf("cancelled, it is %s", status.State)
		}
	case !errors.As(err, &application) || (status.State != deploy.StateFailed && status.State != deploy.StateRolledBack):
		t.Fatalf("it is %s, and ended with: %v", status.State, err)
	default:
		var told []deploy.Failure
		if derr := application.Details(&told); derr != nil || len(told) == 0 || len(told) != len(status.Failures) {
			t.Fatalf("the error tells %v, and the status %v (%v)", told, status.Failures, derr)
		}
		for _, f := range status.Failures {
			if !names(told, f.Step, f.Node) || !strings.Contains(application.Message(), f.Step+" on "+f.Node) {
				t.Fatalf("%s on %s is not told: %v", f.Step, f.Node, application)
			}
		}
		for _, l := range status.Left {
			if !strings.Contains(application.Message(), "left: "+l) {
				t.Fatalf("that %q is left is not told: %v", l, application)
			}
		}
	}
}

func names(all []deploy.Failure, step, node string) bool {
	return slices.ContainsFunc(all, func(f deploy.Failure) bool { return f.Step == step && f.Node == node })
}

// made is what the activities that came to a good end say they changed.
func (s *sim) made() []string {
	var all []string
	attempts := map[string]string{}
	for _, e := range s.events {
		switch e.what {
		case "start":
			attempts[on(e.step, e.node)] = on(on(e.step, e.node), strconv.Itoa(e.attempt))
		case "done":
			all = append(all, "did "+attempts[on(e.step, e.node)])
		}
	}
	return all
}
