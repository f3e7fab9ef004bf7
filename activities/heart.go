package activities

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
)

// Beat is what a heartbeat carries: what the activity is at, for people.
type Beat struct {
	// Message is the last line of output, or what is waited for.
	Message string `json:"message,omitempty"`
	// Offset is how much of the job's output has been read, in bytes.
	Offset int64 `json:"offset,omitempty"`
}

// heartInterval is how often an activity says that it lives even when there is
// nothing new. It has to be well below the shortest heartbeat time-out in
// workflows/policies.go; the SDK batches what comes faster.
const heartInterval = time.Second

// heart beats for an activity until it is stopped.
type heart struct {
	ctx  context.Context
	done chan struct{}
	wg   sync.WaitGroup

	mu   sync.Mutex
	last Beat
}

func startHeart(ctx context.Context) *heart {
	h := &heart{ctx: ctx, done: make(chan struct{})}
	h.wg.Go(func() {
		tick := time.NewTicker(heartInterval)
		defer tick.Stop()
		for {
			h.beat()
			select {
			case <-tick.C:
			case <-h.done:
				return
			}
		}
	})
	return h
}

func (h *heart) beat() {
	h.mu.Lock()
	last := h.last
	h.mu.Unlock()
	activity.RecordHeartbeat(h.ctx, last)
}

func (h *heart) stop() {
	close(h.done)
	h.wg.Wait()
}

// say makes b what the next beats carry.
func (h *heart) say(b Beat) {
	h.mu.Lock()
	h.last = b
	h.mu.Unlock()
}

type heartKey struct{}

func withHeart(ctx context.Context, h *heart) context.Context {
	return context.WithValue(ctx, heartKey{}, h)
}

// say tells the heart of ctx what the activity is at. Without a heart it does
// nothing, so that a deed can be tested as a plain function.
func say(ctx context.Context, b Beat) {
	if h, ok := ctx.Value(heartKey{}).(*heart); ok {
		h.say(b)
	}
}

// sayer is say for adapters that report progress in words.
func sayer(ctx context.Context) func(string) {
	return func(message string) { say(ctx, Beat{Message: message}) }
}
