package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"aiolos/deploy"
	"aiolos/internal/config"
	"aiolos/workflows"
)

const hookKey = "a key that nobody may ever see"

// hook is a receiver of notices, which another implementation verifies.
type hook struct {
	*httptest.Server
	verifier *standardwebhooks.Webhook

	mu       sync.Mutex
	refuse   int // how many attempts it refuses from now on
	status   int
	attempts int
	taken    []event
	headers  []http.Header
	wrong    []error
}

func newHook(t *testing.T, refuse, status int) *hook {
	t.Helper()
	verifier, err := standardwebhooks.NewWebhookRaw([]byte(hookKey))
	require.NoError(t, err)
	h := &hook{verifier: verifier, refuse: refuse, status: status}
	h.Server = httptest.NewServer(http.HandlerFunc(h.take))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.attempts++
	if err == nil {
		err = h.verifier.Verify(body, r.Header)
	}
	var e event
	if err == nil {
		err = json.Unmarshal(body, &e)
	}
	if err != nil {
		h.wrong = append(h.wrong, err)
	}
	if h.attempts <= h.refuse {
		w.WriteHeader(h.status)
		return
	}
	h.taken, h.headers = append(h.taken, e), append(h.headers, r.Header)
}

// states are what it was told of, in order.
func (h *hook) states(t *testing.T) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	require.Empty(t, h.wrong)
	var all []string
	for _, e := range h.taken {
		all = append(all, e.Data.Operation+" "+string(e.Data.State))
	}
	return all
}

// await waits until it was told of that many changes, and returns all.
func (h *hook) await(t *testing.T, n int) []string {
	t.Helper()
	require.Eventually(t, func() bool { return len(h.states(t)) >= n }, 30*time.Second, 10*time.Millisecond)
	return h.states(t)
}

func told(name string, h *hook, states ...string) config.Notification {
	return config.Notification{Name: name, URL: h.URL + "/hook-path", Secret: "env:AIOLOS_TEST_HOOK", States: states}
}

// delivered waits until all that was announced was delivered, and returns what
// became of it.
func (r *rig) delivered(t *testing.T, deployment, endpoint string) workflows.Delivered {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var d workflows.Delivered
	require.NoError(t, r.temporal.GetWorkflow(ctx, workflows.NotifyID(deployment, endpoint), "").Get(ctx, &d))
	return d
}

// TestNotifications has a real receiver refuse what comes first, and sees that
// everything comes in order, signed, and to those only who asked for it.
func TestNotifications(t *testing.T) {
	t.Setenv("AIOLOS_TEST_HOOK", hookKey)
	flaky, choosy, gone := newHook(t, 2, http.StatusServiceUnavailable), newHook(t, 0, 0), newHook(t, 1000, http.StatusGone)
	r := newRig(t, told("flaky", flaky), told("choosy", choosy, "Failed", "Destroyed"), told("gone", gone, "Done"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	require.NoError(t, r.deploy(ctx, t, "two", pair).Get(ctx, nil))
	require.Equal(t, []string{"Deploy Planning", "Deploy Running", "Deploy Done"}, flaky.await(t, 3))
	require.Len(t, r.delivered(t, "two", "gone").GivenUp, 1)
	require.Empty(t, choosy.states(t))

	first := flaky.taken[0]
	require.Equal(t, noticeType, first.Type)
	require.Equal(t, flaky.headers[0].Get("webhook-id"), first.Data.ID)
	require.Equal(t, deploy.Notice{
		ID: first.Data.Run + "-1", Deployment: "two", Run: first.Data.Run, Operation: "Deploy", State: deploy.StatePlanning,
		Sequence: 1, Time: first.Timestamp,
	}, first.Data)
	require.Equal(t, deploy.StatePlanning, flaky.taken[1].Data.Previous)
	require.Equal(t, "docker", flaky.taken[2].Data.Provider)

	// A request that is wrong fails before anybody could say who wants to be told.
	require.Error(t, r.deploy(ctx, t, "wrong", "name: wrong\ngroups: {web: {count: 1, profile: none}}\n").Get(ctx, nil))
	require.Equal(t, []string{"Deploy Failed"}, choosy.await(t, 1))
	failed := choosy.taken[0].Data
	require.Equal(t, deploy.StateFailed, failed.State)
	require.Equal(t, deploy.KindInvalidRequest, failed.Failures[0].Kind)

	run, err := r.temporal.ExecuteWorkflow(ctx, startOptions("two"), workflows.DestroyType, deploy.DestroyRequest{})
	require.NoError(t, err)
	require.NoError(t, run.Get(ctx, nil))
	require.Equal(t, []string{"Destroy Destroying", "Destroy Destroyed"}, flaky.await(t, 7)[5:])
	require.Equal(t, []string{"Deploy Failed", "Destroy Destroyed"}, choosy.await(t, 2))

	// Neither key nor URL is in any history, nor in the log.
	r.holdsNowhere(t, hookKey, "hook-path", flaky.URL)
}

// TestDeliveryHoldsNothingUp has a receiver that never answers, and then the worker
// stop: deployments end meanwhile, and the next worker goes on delivering.
func TestDeliveryHoldsNothingUp(t *testing.T) {
	t.Setenv("AIOLOS_TEST_HOOK", hookKey)
	away := newHook(t, 1, http.StatusInternalServerError)
	r := newRig(t, told("away", away))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	away.mu.Lock() // whoever delivers has to wait
	require.NoError(t, r.deploy(ctx, t, "two", pair).Get(ctx, nil))
	r.worker.Stop()
	away.mu.Unlock()
	r.start(t)
	r.delivered(t, "two", "away")
	states := slices.Compact(away.states(t)) // what was cut off may have arrived, and comes again
	require.Equal(t, []string{"Deploy Planning", "Deploy Running", "Deploy Done"}, states)
}

// TestNothingIsAskedForWhereNobodyListens wants no activity and no workflow of
// notices where none are configured.
func TestNothingIsAskedForWhereNobodyListens(t *testing.T) {
	r := newRig(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, r.deploy(ctx, t, "two", pair).Get(ctx, nil))
	events := r.temporal.GetWorkflowHistory(ctx, "two", "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	seen := 0
	for events.HasNext() {
		e, err := events.Next()
		require.NoError(t, err)
		require.NotEqual(t, "Announce", e.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName())
		seen++
	}
	require.Greater(t, seen, 10)
}

// holdsNowhere wants texts in no history and in no line of the log.
func (r *rig) holdsNowhere(t *testing.T, texts ...string) {
	t.Helper()
	places := map[string]string{"the log": strings.Join(r.log.lines(), "\n")}
	list, err := r.temporal.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{})
	require.NoError(t, err)
	for _, w := range list.GetExecutions() {
		var all strings.Builder
		events := r.temporal.GetWorkflowHistory(t.Context(), w.GetExecution().GetWorkflowId(), w.GetExecution().GetRunId(), false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			e, err := events.Next()
			require.NoError(t, err)
			all.WriteString(e.String())
		}
		places[w.GetExecution().GetWorkflowId()] = all.String()
	}
	require.Greater(t, len(places), 3)
	for place, text := range places {
		for _, secret := range texts {
			require.NotContains(t, text, secret, place)
		}
	}
}

func TestNotificationsAreChecked(t *testing.T) {
	t.Setenv("AIOLOS_TEST_HOOK", "short")
	_, err := newNotifications(t.Context(), config.Config{Notifications: []config.Notification{{Name: "a", URL: "http://x", Secret: "env:AIOLOS_TEST_HOOK"}}}, nil, nil)
	require.ErrorContains(t, err, "notifications[0].secret: the secret of a notification has 5 bytes; allowed are 24 or more")
	_, err = newNotifications(t.Context(), config.Config{Notifications: []config.Notification{{Name: "a", URL: "http://x", Secret: "env:AIOLOS_TEST_NONE"}}}, nil, nil)
	require.ErrorContains(t, err, "the variable is not set")
}
