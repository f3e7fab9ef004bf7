package gluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"aiolos/deploy"
	"aiolos/internal/remote"
)

// RemoveError is bricks that were not taken out of a volume, because data would
// have been lost.
type RemoveError struct {
	Volume string
	Bricks []string
	Reason string
	// Detail is what gluster counted, a line for each host; empty when it was not
	// tried at all.
	Detail []string
}

func (e *RemoveError) Error() string {
	return fmt.Sprintf("volume %s keeps %s, %s", e.Volume, summary(e.Bricks), e.Reason)
}

// Kind says what sort of failure it is.
func (e *RemoveError) Kind() deploy.Kind {
	if len(e.Detail) == 0 {
		return deploy.KindConflict
	}
	return deploy.KindGluster
}

// Evidence is what gluster counted.
func (e *RemoveError) Evidence() []string { return e.Detail }

// Temporary is false: what could not be moved would not move the next time.
func (e *RemoveError) Temporary() bool { return false }

// RemoveBricks takes bricks out of a volume, after the files in them were moved to
// the others, and returns those that it took out. Bricks that the volume does not
// have, and a volume that there is not, are success. Of a replicated or dispersed
// volume only whole sets can go. Where one file could not be moved the removal is
// stopped and the bricks stay, as a *RemoveError tells; nothing is ever forced.
//
// A rebalance that runs is stopped, as it moves files onto the very bricks. When
// ctx ends, the files go on moving; calling RemoveBricks again goes on with it.
//
// Other errors are *deploy.InvalidError, *CommandError, *WaitError, or the runner's.
func RemoveBricks(ctx context.Context, r remote.Runner, volume string, bricks []string, progress func(string)) ([]string, error) {
	if err := checkName(volume); err != nil {
		return nil, err
	}
	for i, s := range bricks {
		if _, err := ParseBrick(s); err != nil {
			return nil, &deploy.InvalidError{Problems: []deploy.Problem{{Field: fmt.Sprintf("bricks[%d]", i), Value: s, Allowed: brickAllowed}}}
		}
	}
	m := &remover{cli: cli{runner: r}, volume: volume, progress: telling(progress)}
	have, err := m.cli.volume(ctx, volume)
	if err != nil || have == nil {
		return nil, err
	}
	if err := m.choose(*have, bricks); err != nil || len(m.bricks) == 0 {
		return nil, err
	}
	if err := m.move(ctx); err != nil {
		return nil, err
	}
	m.progress(fmt.Sprintf("taking %d bricks out of volume %s", len(m.bricks), volume))
	if err := m.change(ctx, "commit"); err != nil {
		return nil, err
	}
	return m.bricks, nil
}

type remover struct {
	cli      cli
	volume   string
	bricks   []string
	hosts    map[string]string // of the bricks: UUID and name
	progress func(string)
}

func (m *remover) refuse(format string, args ...any) error {
	return &RemoveError{Volume: m.volume, Bricks: m.bricks, Reason: fmt.Sprintf(format, args...)}
}

// choose finds the bricks that the volume has, and whether they can go.
func (m *remover) choose(have volumeInfo, bricks []string) error {
	m.hosts = map[string]string{}
	torn := false
	for set := range slices.Chunk(have.Bricks, have.setSize()) {
		before := len(m.bricks)
		for _, b := range set {
			if slices.Contains(bricks, b.Name) {
				m.bricks = append(m.bricks, b.Name)
				m.hosts[b.HostUUID] = b.Name[:max(0, strings.LastIndexByte(b.Name, ':'))]
			}
		}
		torn = torn || len(m.bricks) != before && len(m.bricks) != before+len(set)
	}
	switch {
	case len(m.bricks) == 0:
		return nil
	case torn:
		return m.refuse("as it is %s and only whole sets of %d can go", kind(have.Replica, have.Arbiter, have.Disperse, have.Redundancy), have.setSize())
	case len(m.bricks) == len(have.Bricks):
		return m.refuse("as there would be none left for the files")
	case have.Status != statusStarted:
		return m.refuse("as it is not started and so no file can be moved")
	}
	return nil
}

// move has the files moved from the bricks to the others.
func (m *remover) move(ctx context.Context) error {
	runs, err := m.underway(ctx)
	if err != nil {
		return err
	}
	if !runs {
		m.progress(fmt.Sprintf("moving files from %d bricks of volume %s", len(m.bricks), m.volume))
		if err := m.change(ctx, "start"); err != nil {
			return err
		}
	}
	var failed *RemoveError
	err = await(ctx, fmt.Sprintf("the files of %d bricks of volume %s to be moved", len(m.bricks), m.volume), m.progress, func(ctx context.Context) ([]string, error) {
		r, err := m.cli.do(ctx, "volume remove-brick "+m.volume+" status", m.args("status")...)
		var refused *CommandError
		if errors.As(err, &refused) && refused.temporary {
			return []string{refused.Error()}, nil
		}
		if err != nil {
			return nil, err
		}
		missing, lost := r.Removal.moving(m.hosts)
		if lost != nil {
			failed = &RemoveError{Volume: m.volume, Bricks: m.bricks, Reason: "as not every file could be moved", Detail: lost}
			return nil, nil
		}
		return missing, nil
	})
	if err != nil || failed == nil {
		return err
	}
	if err := m.change(ctx, "stop"); err != nil {
		return errors.Join(failed, err)
	}
	return failed
}

// underway tells whether these bricks are being removed already. What else keeps
// gluster from it is ended where that is harmless.
func (m *remover) underway(ctx context.Context) (bool, error) {
	r, err := m.cli.look(ctx, "volume status "+m.volume, "volume", "status", m.volume)
	if err != nil {
		return false, err
	}
	for _, t := range r.Tasks {
		switch {
		case t.Type == taskRemove && same(t.Bricks, m.bricks):
			return true, nil
		case t.Type == taskRemove:
			return false, m.refuse("as the removal of others (%s) has been begun: let it be committed or stopped", strings.Join(t.Bricks, " "))
		case t.Type == taskRebalance && (rebalanceInfo{Status: t.Status}).runs():
			m.progress("stopping the rebalance of volume " + m.volume)
			if err := m.cli.change(ctx, m.volume, "rebalance", []string{"volume", "rebalance", m.volume, "stop"}, nil); err != nil {
				return false, err
			}
		}
	}
	return false, nil
}

func (m *remover) args(verb string) []string {
	return append(append([]string{"volume", "remove-brick", m.volume}, m.bricks...), verb)
}

func (m *remover) change(ctx context.Context, verb string) error {
	changed := func(now *volumeInfo) bool {
		return now == nil || !slices.ContainsFunc(now.Bricks, func(b brickInfo) bool { return slices.Contains(m.bricks, b.Name) })
	}
	return m.cli.change(ctx, m.volume, "remove-brick", m.args(verb), changed)
}

// moving says on which of the hosts, by UUID, files are still to be moved, and
// where some cannot be. A host that cannot be reached is missing from gluster's
// list, which then looks complete.
func (i rebalanceInfo) moving(hosts map[string]string) (missing, lost []string) {
	told := map[string]bool{}
	for _, n := range i.Nodes {
		name, asked := hosts[n.UUID]
		told[n.UUID] = true
		switch {
		case !asked || n.Status == rebalanceDone && n.Failures == 0 && n.Skipped == 0:
		case n.Failures == 0 && n.Skipped == 0 && (n.Status == rebalanceRuns || n.Status == 0):
			missing = append(missing, name+": "+n.StatusStr)
		default:
			lost = append(lost, fmt.Sprintf("%s: %s, %d files moved, %d failed, %d skipped", name, n.StatusStr, n.Files, n.Failures, n.Skipped))
		}
	}
	for uuid, name := range hosts {
		if !told[uuid] {
			missing = append(missing, name+": nothing is heard of it")
		}
	}
	slices.Sort(missing)
	return missing, lost
}

func same(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
