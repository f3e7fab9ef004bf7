package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/client"

	"aiolos/deploy"
	"aiolos/internal/config"
	"aiolos/internal/secretref"
	"aiolos/internal/telemetry"
	"aiolos/internal/webhook"
	"aiolos/workflows"
)

// deliveryTimeout bounds one attempt; the activity's own bound is a little longer.
const deliveryTimeout = 20 * time.Second

// noticeType is the type of the events that are delivered.
const noticeType = "deployment.state"

// notifications tell the receivers that the operator has configured.
type notifications struct {
	temporal  client.Client
	taskQueue string
	sender    *webhook.Sender
	seen      *telemetry.Deliveries
	order     []string
	receivers map[string]receiver
}

// receiver is one of them.
type receiver struct {
	url    string
	secret func(context.Context) (secretref.Value, error)
	states []deploy.State
}

// newNotifications finds the secrets once, to fail now rather than when a notice is
// on its way. It returns nil where nobody wants to be told.
func newNotifications(ctx context.Context, cfg config.Config, temporal client.Client, seen *telemetry.Deliveries) (*notifications, error) {
	if len(cfg.Notifications) == 0 {
		return nil, nil
	}
	n := &notifications{
		temporal: temporal, taskQueue: cfg.TaskQueue, sender: webhook.New(deliveryTimeout), seen: seen, receivers: map[string]receiver{},
	}
	secrets := &secretref.Resolver{}
	for i, c := range cfg.Notifications {
		// A secret that is replaced is used from the next delivery on.
		find := func(ctx context.Context) (secretref.Value, error) {
			return secrets.Resolve(ctx, fmt.Sprintf("notifications[%d].secret", i), c.Secret)
		}
		secret, err := find(ctx)
		if err == nil {
			_, err = webhook.Key(secret.Bytes())
		}
		if err != nil {
			return nil, fmt.Errorf("notifications[%d].secret: %w", i, err)
		}
		r := receiver{url: c.URL, secret: find}
		for _, s := range deploy.States() {
			if len(c.States) == 0 || slices.Contains(c.States, string(s)) {
				r.states = append(r.states, s)
			}
		}
		n.order = append(n.order, c.Name)
		n.receivers[c.Name] = r
	}
	return n, nil
}

// Wanted are the states that any receiver wants to be told of.
func (n *notifications) Wanted() []deploy.State {
	return slices.DeleteFunc(deploy.States(), func(s deploy.State) bool {
		return !slices.ContainsFunc(n.order, func(name string) bool { return slices.Contains(n.receivers[name].states, s) })
	})
}

// Announce hands a notice to the workflows that deliver it, one for each receiver.
func (n *notifications) Announce(ctx context.Context, notice deploy.Notice) error {
	for _, name := range n.order {
		if !slices.Contains(n.receivers[name].states, notice.State) {
			continue
		}
		_, err := n.temporal.SignalWithStartWorkflow(ctx, workflows.NotifyID(notice.Deployment, name), workflows.NoticeSignal, notice,
			client.StartWorkflowOptions{TaskQueue: n.taskQueue, StaticSummary: "Tells " + name + " of " + notice.Deployment},
			workflows.NotifyType, workflows.Deliveries{Deployment: notice.Deployment, Endpoint: name})
		if err != nil {
			return fmt.Errorf("hand a notice over to the deliveries to %s: %w", name, err)
		}
	}
	return nil
}

// event is what a receiver gets.
type event struct {
	Type      string        `json:"type"`
	Timestamp time.Time     `json:"timestamp"`
	Data      deploy.Notice `json:"data"`
}

// removedError says that a receiver is configured no more. Nothing is delivered to
// a place that only a history still names.
type removedError struct{ name string }

func (e *removedError) Error() string {
	return fmt.Sprintf("there is no receiver of notices called %s any more", e.name)
}

// Gone tells not to try again.
func (e *removedError) Gone() bool { return true }

// Deliver makes one attempt.
func (n *notifications) Deliver(ctx context.Context, name string, notice deploy.Notice) error {
	to, ok := n.receivers[name]
	if !ok {
		return &removedError{name}
	}
	secret, err := to.secret(ctx)
	if err != nil {
		return err
	}
	body, err := json.Marshal(event{Type: noticeType, Timestamp: notice.Time, Data: notice})
	if err != nil {
		return err
	}
	began := time.Now()
	err = n.sender.Deliver(ctx, webhook.Endpoint{URL: to.url, Secret: secret.Bytes()}, webhook.Message{ID: notice.ID, Body: body})
	result := "unreachable"
	var refused *webhook.RefusedError
	switch {
	case err == nil:
		result = "ok"
	case errors.As(err, &refused):
		result = "refused"
	}
	n.seen.Delivered(name, result, time.Since(began)) //nolint:contextcheck // what is counted belongs to nobody
	return err
}

// Close ends what is idle.
func (n *notifications) Close() error { return n.sender.Close() }
