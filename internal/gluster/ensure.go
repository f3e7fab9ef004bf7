package gluster

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"aiolos/deploy"
	"aiolos/internal/remote"
)

// VolumeResult is what EnsureVolume changed.
type VolumeResult struct {
	Created, Started bool
	// BricksAdded are the bricks an expansion added, in order. Those of a
	// volume that was created are not among them.
	BricksAdded []string
	// OptionsSet are the names of the options that were set, sorted.
	OptionsSet []string
	Rebalanced bool
}

// EnsureVolume makes the volume exist as wanted, started, with all bricks
// online, and returns what it changed, also along with an error. It creates,
// sets options and adds bricks, but never removes a brick nor changes a type: a
// volume that would need that is a *ConflictError.
//
// R is a node of the pool that all hosts of the bricks belong to. Other errors
// are *deploy.InvalidError, *CommandError, *WaitError, or the runner's.
func EnsureVolume(ctx context.Context, r remote.Runner, v Volume, progress func(string)) (VolumeResult, error) {
	e := &ensurer{cli: cli{runner: r}, want: v, progress: telling(progress)}
	if problems := v.Check(); len(problems) > 0 {
		return e.result, &deploy.InvalidError{Problems: problems}
	}
	err := e.ensure(ctx)
	return e.result, err
}

type ensurer struct {
	cli      cli
	want     Volume
	progress func(string)
	result   VolumeResult
}

func (e *ensurer) ensure(ctx context.Context) error {
	have, err := e.cli.volume(ctx, e.want.Name)
	if err != nil {
		return err
	}
	var missing []Brick
	if have == nil {
		if err := e.create(ctx); err != nil {
			return err
		}
		have = &volumeInfo{Name: e.want.Name}
	} else if missing, err = e.want.missing(*have); err != nil {
		return err
	}
	options := have.differing(e.want.Options)
	owed := have.owed() && e.want.rebalance() != RebalanceNone
	if len(missing) > 0 && e.want.rebalance() != RebalanceNone && !owed {
		// Noted before bricks are added, so that whoever goes on from here
		// knows that the rebalance is still to be done.
		options, owed = append(options, option{marker, e.want.rebalance()}), true
	}
	if err := e.set(ctx, options); err != nil {
		return err
	}
	if err := e.expand(ctx, have, missing); err != nil {
		return err
	}
	if err := e.start(ctx, have); err != nil {
		return err
	}
	if err := e.online(ctx); err != nil {
		return err
	}
	if owed {
		return e.rebalance(ctx)
	}
	return nil
}

func (e *ensurer) create(ctx context.Context) error {
	v := e.want
	bricks, err := v.ordered()
	if err != nil {
		return err
	}
	args := []string{"volume", "create", v.Name}
	if v.replica() > 1 {
		args = append(args, "replica", strconv.Itoa(v.replica()))
	}
	if v.Arbiter > 0 {
		args = append(args, "arbiter", strconv.Itoa(v.Arbiter))
	}
	if v.Disperse > 0 {
		args = append(args, "disperse", strconv.Itoa(v.Disperse), "redundancy", strconv.Itoa(v.Redundancy))
	}
	args = append(append(args, "transport", "tcp"), names(bricks)...)
	e.progress(fmt.Sprintf("creating volume %s of %d bricks", v.Name, len(bricks)))
	if err := e.change(ctx, "create", e.forced(args), func(now *volumeInfo) bool { return now != nil }); err != nil {
		return err
	}
	e.result.Created = true
	return nil
}

func (e *ensurer) set(ctx context.Context, options []option) error {
	if len(options) == 0 {
		return nil
	}
	args := []string{"volume", "set", e.want.Name}
	var set []string
	for _, o := range options {
		args = append(args, o.Name, o.Value)
		if o.Name != marker {
			set = append(set, o.Name)
		}
	}
	if err := e.change(ctx, "set", args, nil); err != nil {
		return err
	}
	e.result.OptionsSet = append(e.result.OptionsSet, set...)
	return nil
}

func (e *ensurer) expand(ctx context.Context, have *volumeInfo, missing []Brick) error {
	if len(missing) == 0 {
		return nil
	}
	args := append([]string{"volume", "add-brick", e.want.Name}, names(missing)...)
	e.progress(fmt.Sprintf("adding %d bricks to volume %s", len(missing), e.want.Name))
	changed := func(now *volumeInfo) bool { return now == nil || len(now.Bricks) != len(have.Bricks) }
	if err := e.change(ctx, "add-brick", e.forced(args), changed); err != nil {
		return err
	}
	e.result.BricksAdded = names(missing)
	return nil
}

func (e *ensurer) start(ctx context.Context, have *volumeInfo) error {
	if have.Status == statusStarted {
		return nil
	}
	e.progress("starting volume " + e.want.Name)
	changed := func(now *volumeInfo) bool { return now == nil || now.Status == statusStarted }
	if err := e.change(ctx, "start", []string{"volume", "start", e.want.Name}, changed); err != nil {
		return err
	}
	e.result.Started = true
	return nil
}

// online waits until every brick's process serves.
func (e *ensurer) online(ctx context.Context) error {
	return await(ctx, "all bricks of volume "+e.want.Name, e.progress, e.offline)
}

// offline says which bricks' processes do not serve.
func (e *ensurer) offline(ctx context.Context) ([]string, error) {
	r, err := e.cli.look(ctx, "volume status "+e.want.Name, "volume", "status", e.want.Name)
	var failed *CommandError
	if errors.As(err, &failed) {
		// Another transaction holds the volume for a moment, or a peer has
		// only just heard that it was started.
		return []string{failed.Error()}, nil
	}
	if err != nil {
		return nil, err
	}
	up := map[string]bool{}
	for _, p := range r.Processes {
		up[p.Hostname+":"+p.Path] = p.Status == 1
	}
	var missing []string
	for _, b := range e.want.Bricks {
		if !up[b] {
			missing = append(missing, "brick "+b+" is offline")
		}
	}
	return missing, nil
}

func (e *ensurer) forced(args []string) []string {
	if e.want.Force {
		return append(args, "force")
	}
	return args
}

func (e *ensurer) change(ctx context.Context, verb string, args []string, changed func(*volumeInfo) bool) error {
	return e.cli.change(ctx, e.want.Name, verb, args, changed)
}
