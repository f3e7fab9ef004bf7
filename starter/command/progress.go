package command

import (
	"fmt"
	"sync"
	"time"

	"aiolos/starter/operation"
	"aiolos/starter/view"
)

// redraw is how often a tree on a terminal is drawn anew, so that times pass and spinners spin.
const redraw = 250 * time.Millisecond

// progress returns what shows an operation while it is followed, and what ends
// showing: a tree on a terminal, plain lines elsewhere.
func (s *Setting) progress() (show func(operation.Snapshot), finish func()) {
	if _, ok := s.Terminal(); !ok {
		lines := &view.Lines{Out: s.Err}
		return func(snapshot operation.Snapshot) { lines.Show(snapshot, s.now()) }, func() {}
	}
	live := &live{setting: s, screen: view.Screen{Out: s.Err}, done: make(chan struct{})}
	live.ticking.Go(live.tick)
	return live.show, live.finish
}

// live is a tree on a terminal.
type live struct {
	setting *Setting
	ticking sync.WaitGroup
	done    chan struct{}

	mu     sync.Mutex
	screen view.Screen
	last   *operation.Snapshot
}

func (l *live) show(s operation.Snapshot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = &s
	l.draw()
}

func (l *live) draw() {
	size, ok := l.setting.Terminal()
	if !ok || l.last == nil {
		return
	}
	l.screen.Draw(view.Tree(*l.last, l.setting.now(), size, l.setting.colour()), size.Width)
}

func (l *live) tick() {
	ticker := time.NewTicker(redraw)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			l.mu.Lock()
			l.draw()
			l.mu.Unlock()
		case <-l.done:
			return
		}
	}
}

func (l *live) finish() {
	close(l.done)
	l.ticking.Wait()
	if l.last != nil {
		// What is printed next should stand apart.
		fmt.Fprintln(l.setting.Err)
	}
}
