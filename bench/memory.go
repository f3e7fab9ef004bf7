package main

import (
	"errors"
	"os"
	"time"
)

// between is how often memory is looked at. It costs about a millisecond.
const between = 200 * time.Millisecond

// watcher keeps the largest sizes that were seen.
type watcher struct {
	end    chan struct{}
	ended  chan struct{}
	peaks  []int64
	failed error
}

// watch looks at all that descends from this process together, and at the others
// one by one.
func watch(others []standing) *watcher {
	w := &watcher{end: make(chan struct{}), ended: make(chan struct{}), peaks: make([]int64, 1+len(others))}
	go func() {
		defer close(w.ended)
		tick := time.NewTicker(between)
		defer tick.Stop()
		for w.failed == nil {
			select {
			case <-w.end:
				return
			case <-tick.C:
				w.failed = w.look(others)
			}
		}
	}()
	return w
}

func (w *watcher) look(others []standing) error {
	all, err := processes()
	if err != nil {
		return err
	}
	var together int64
	for _, pid := range below(all, os.Getpid()) {
		n, sizeErr := size(pid)
		together, err = together+n, errors.Join(err, sizeErr)
	}
	w.peaks[0] = max(w.peaks[0], together)
	for i, o := range others {
		n, sizeErr := size(o.pid)
		w.peaks[i+1], err = max(w.peaks[i+1], n), errors.Join(err, sizeErr)
	}
	return err
}

// stop returns the peaks.
func (w *watcher) stop() ([]int64, error) {
	close(w.end)
	<-w.ended
	return w.peaks, w.failed
}
