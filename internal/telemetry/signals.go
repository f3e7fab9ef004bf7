package telemetry

import (
	"net/http"

	"go.opentelemetry.io/otel/metric"
)

// Signals observes the signal gateway.
type Signals struct{ taken metric.Int64Counter }

func newSignals(in instruments) *Signals { return &Signals{in.counter(gatewaySignals)} }

// answers says what the gateway's answers mean.
var answers = map[int]string{
	http.StatusAccepted:              "accepted",
	http.StatusBadRequest:            "invalid",
	http.StatusUnauthorized:          "bad_token",
	http.StatusNotFound:              "not_running",
	http.StatusRequestEntityTooLarge: "too_large",
	http.StatusServiceUnavailable:    "unavailable",
}

// Handler returns the gateway's handler, observed. Only what is posted to the path
// of signals counts.
func (s *Signals) Handler(path string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != path {
			h.ServeHTTP(w, r)
			return
		}
		status := &statusWriter{ResponseWriter: w, code: http.StatusOK}
		h.ServeHTTP(status, r)
		result, ok := answers[status.code]
		if !ok {
			result = "error"
		}
		s.taken.Add(r.Context(), 1, labels("result", result))
	})
}

// statusWriter keeps the status that was answered.
type statusWriter struct {
	http.ResponseWriter
	code int
}

func (w *statusWriter) WriteHeader(code int) {
	w.code = code
	w.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.ResponseController find the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
