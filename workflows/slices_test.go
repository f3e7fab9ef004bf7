package workflows_test

import (
	"testing"

	"aiolos/workflows"
)

// cutSmall cuts every deployment of more than one node into slices of two, so that
// what is known of deployments as a whole is looked at in slices.
func cutSmall(t *testing.T) {
	t.Helper()
	t.Cleanup(workflows.SetSlicing(1, 2, 1000))
}

// Cut into slices, a deployment keeps what it keeps as a whole.

func TestSlicesKeepTheirOrder(t *testing.T) {
	cutSmall(t)
	TestStepsKeepTheirOrder(t)
}

func TestSlicesPaceDoesNotMatter(t *testing.T) {
	cutSmall(t)
	TestPaceDoesNotMatter(t)
}

func TestSlicesUndoWhatWasDone(t *testing.T) {
	cutSmall(t)
	TestRollbackUndoesWhatWasDone(t)
}

func TestSlicesTellAll(t *testing.T) {
	cutSmall(t)
	TestEndTellsAll(t)
}

func TestSlicesReplayEveryTask(t *testing.T) {
	cutSmall(t)
	everyTaskReplays(t, 12)
}

// TestSlicesOneAtATime has all wait for a turn in slices that may have one activity in flight.
func TestSlicesOneAtATime(t *testing.T) {
	t.Cleanup(workflows.SetSlicing(1, 3, 1))
	for name, test := range map[string]func(*testing.T){
		"order": TestStepsKeepTheirOrder, "pace": TestPaceDoesNotMatter, "undone": TestRollbackUndoesWhatWasDone, "told": TestEndTellsAll,
		"replayed": func(t *testing.T) { everyTaskReplays(t, 6) },
	} {
		t.Run(name, test)
	}
}
