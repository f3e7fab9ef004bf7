// Package gateway takes the signals of nodes over HTTP: a node's message "name =
// value", with the token that lets it speak for itself, and nothing else.
package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"aiolos/internal/trust"
)

// Signal is a node's own message "Name = Value".
type Signal struct {
	Deployment, Node string
	// Name is [A-Za-z][A-Za-z0-9_.-]{0,63}.
	Name string
	// Value is at most 4096 bytes of UTF-8.
	Value string
}

// ErrNotRunning is what a sink returns, wrapped or not, when no such deployment
// runs. The node is told so (404), and need not try again.
var ErrNotRunning = errors.New("no such deployment is running")

// Path is where signals are posted.
const Path = "/v1/signals"

const (
	maxBody     = 8 << 10
	sinkTimeout = 10 * time.Second
)

// New makes the gateway's handler.
//
// POST /v1/signals, with the header "Authorization: Bearer TOKEN" and the body
// {"deployment", "node", "name", "value"}, hands a signal to sink once verify
// has said that the token is that node's; verify has to compare in constant
// time. The answer is 202; 400 naming the field that is wrong; 401 whatever is
// wrong with deployment, node and token; 404 for ErrNotRunning; 413 for a body
// over 8 KiB; 429 for a node that signals more often than limits
// allow; 503 when sink fails otherwise, and the node should try again.
// GET /healthz answers 200. Neither tokens nor values are ever logged.
func New(verify func(deployment, node, token string) bool, sink func(context.Context, Signal) error, log *slog.Logger) http.Handler {
	return handler(verify, sink, usual(), log)
}

func handler(verify func(deployment, node, token string) bool, sink func(context.Context, Signal) error, limits limits, log *slog.Logger) http.Handler {
	g := &gateway{
		verify: verify, sink: sink, log: log,
		refusals: &teller{limit: rate.NewLimiter(limits.logged, logBurst)},
		speakers: &speakers{limits: limits, known: map[[2]string]*rate.Limiter{}},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case Path:
			if allow(w, r, http.MethodPost) {
				g.signal(w, r)
			}
		case "/healthz":
			if allow(w, r, http.MethodGet, http.MethodHead) {
				w.WriteHeader(http.StatusOK)
			}
		default:
			answer(w, http.StatusNotFound, reply{Error: "no such path"})
		}
	})
}

type gateway struct {
	verify func(deployment, node, token string) bool
	sink   func(context.Context, Signal) error
	log    *slog.Logger
	// refusals are told seldom: whoever causes them must not fill a disk.
	refusals *teller
	speakers *speakers
}

func (g *gateway) signal(w http.ResponseWriter, r *http.Request) {
	token, ok := trust.Bearer(r)
	if !ok {
		g.refuse(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		answer(w, http.StatusRequestEntityTooLarge, reply{Error: "the body is larger than 8 KiB"})
		return
	case err != nil:
		answer(w, http.StatusBadRequest, reply{Error: "the body did not arrive as a whole"})
		return
	}
	s, err := parse(body)
	if err != nil {
		bad(w, err)
		return
	}
	if !g.verify(s.Deployment, s.Node, token) {
		g.refuse(w, r)
		return
	}
	// Only who may speak for the node is told what else is wrong.
	if err := s.check(); err != nil {
		bad(w, err)
		return
	}
	// A node's signals all go into its deployment's history, which has an end.
	if !g.speakers.may(s.Deployment, s.Node) {
		if untold, ok := g.refusals.tell(); ok {
			g.log.WarnContext(r.Context(), "A node signals too often", "deployment", s.Deployment, "node", s.Node, "refused_since_last_told", untold)
		}
		w.Header().Set("Retry-After", "1")
		answer(w, http.StatusTooManyRequests, reply{Error: "this node has signalled too often; try again"})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), sinkTimeout)
	defer cancel()
	log := g.log.With("deployment", s.Deployment, "node", s.Node, "name", s.Name)
	switch err := g.sink(ctx, s); {
	case errors.Is(err, ErrNotRunning):
		log.WarnContext(ctx, "A signal came for a deployment that is not running")
		answer(w, http.StatusNotFound, reply{Error: ErrNotRunning.Error()})
	case err != nil:
		log.ErrorContext(ctx, "A signal could not be passed on; the node will try again", "error", err)
		w.Header().Set("Retry-After", "1")
		answer(w, http.StatusServiceUnavailable, reply{Error: "the signal could not be passed on; try again"})
	default:
		log.InfoContext(ctx, "A node has signalled", "value_bytes", len(s.Value))
		answer(w, http.StatusAccepted, reply{Accepted: true})
	}
}

// refuse gives the one answer to all that is wrong with deployment, node and
// token, so that it cannot be asked which deployments and nodes there are.
func (g *gateway) refuse(w http.ResponseWriter, r *http.Request) {
	if untold, ok := g.refusals.tell(); ok {
		g.log.WarnContext(r.Context(), "A signal without the token of its node was refused", "from", r.RemoteAddr, "refused_since_last_told", untold)
	}
	w.Header().Set("WWW-Authenticate", "Bearer")
	answer(w, http.StatusUnauthorized, reply{Error: "this token does not speak for this node"})
}

// allow answers all other methods.
func allow(w http.ResponseWriter, r *http.Request, methods ...string) bool {
	for _, m := range methods {
		if r.Method == m {
			return true
		}
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	answer(w, http.StatusMethodNotAllowed, reply{Error: "only " + strings.Join(methods, " and ")})
	return false
}

// reply is the body of each answer.
type reply struct {
	Accepted bool   `json:"accepted,omitempty"`
	Error    string `json:"error,omitempty"`
	Field    string `json:"field,omitempty"`
	Allowed  string `json:"allowed,omitempty"`
}

func bad(w http.ResponseWriter, err error) {
	r := reply{Error: err.Error()}
	var field *FieldError
	if errors.As(err, &field) {
		r.Field, r.Allowed = field.Field, field.Allowed
	}
	answer(w, http.StatusBadRequest, r)
}

func answer(w http.ResponseWriter, status int, r reply) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(r) // who does not wait for the answer has none
}
