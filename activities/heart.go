package activities

import (
	"context"
	"sync"
	"sync/atomic"
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

// slowestHeart is how much longer the interval gets where many activities beat at once:
// every beat is written down by the server, and a thousand a second would be most of
// what it does. It stays below half of the heartbeat time-out.
const (
	slowestHeart = 4
	heartsAtOnce = 100
)

// beating counts the activities of this process that beat.
var beating atomic.Int64

// interval is after how long the next beat comes.
func interval() time.Duration {
	return heartInterval * time.Duration(min(max(beating.Load()/heartsAtOnce, 1), slowestHeart))
}

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
	beating.Add(1)
	h.wg.Go(func() {
		defer beating.Add(-1)
		for {
			h.beat()
			next := time.NewTimer(interval())
			select {
			case <-next.C:
			case <-h.done:
				next.Stop()
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
