package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNearest(t *testing.T) {
	for listen, want := range map[string]string{
		"0.0.0.0:7281":   "127.0.0.1:7281",
		":7281":          "127.0.0.1:7281",
		"[::]:7281":      "[::1]:7281",
		"10.0.0.1:7281":  "10.0.0.1:7281",
		"worker:7281":    "worker:7281",
		"[fd00::1]:7281": "[fd00::1]:7281",
	} {
		require.Equal(t, want, nearest(listen))
	}
}

// TestAskReady wants the exit to follow what /readyz says.
func TestAskReady(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/readyz", r.URL.Path)
		w.WriteHeader(status)
	}))
	listen := strings.TrimPrefix(server.URL, "http://")
	require.NoError(t, askReady(t.Context(), listen))
	status = http.StatusServiceUnavailable
	require.ErrorContains(t, askReady(t.Context(), listen), "503")
	server.Close()
	require.ErrorContains(t, askReady(t.Context(), listen), "does not answer")
}
