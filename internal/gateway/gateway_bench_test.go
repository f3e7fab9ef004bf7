package gateway_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/internal/gateway"
)

// BenchmarkSignal takes a good signal, up to where it is handed on.
func BenchmarkSignal(b *testing.B) {
	h := gateway.NewWithin(gateway.Bounds{Signals: 1e9, Burst: 1 << 30}, verify,
		func(context.Context, gateway.Signal) error { return nil }, slog.New(slog.DiscardHandler))
	text := body("glusterup", "true")
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "/v1/signals", strings.NewReader(text))
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(b, http.StatusAccepted, w.Code)
	}
}
