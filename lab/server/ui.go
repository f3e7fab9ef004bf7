package server

import (
	"context"
	"fmt"
	"net/http"
	"time"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// ui is Temporal's UI while it runs.
type ui struct {
	server *uiserver.Server
	ended  chan struct{}
}

// StartUI serves Temporal's UI of a server that runs already, and returns once it
// answers. Whoever calls it stops it.
func StartUI(ctx context.Context, frontend string, o Options) (stop func(), err error) {
	u := startUI(frontend, o)
	if err := answers(ctx, "http://"+address(o.UIPort)); err != nil {
		u.stop()
		return nil, err
	}
	return u.stop, nil
}

func startUI(frontend string, o Options) *ui {
	u := &ui{
		server: uiserver.NewServer(server_options.WithConfigProvider(&uiconfig.Config{
			TemporalGRPCAddress: frontend,
			Host:                Host,
			Port:                o.UIPort,
			EnableUI:            true,
			DefaultNamespace:    Namespace,
			// The lab asks nobody outside for news.
			DisableNewsFetch: true,
			HideLogs:         true,
			// A browser sends no secure cookie over plain HTTP, and without the
			// cookie nothing can be started or signalled from the UI.
			CORS:  uiconfig.CORS{CookieInsecure: true},
			Codec: uiconfig.Codec{Endpoint: o.Codec},
		})),
		ended: make(chan struct{}),
	}
	go func() {
		defer close(u.ended)
		// It ends the process where it cannot listen, and otherwise returns nil.
		_ = u.server.Start()
	}()
	return u
}

func (u *ui) stop() {
	u.server.Stop()
	<-u.ended
}

// answers waits until a URL answers 200. Neither the UI nor the frontend's HTTP
// interface tells when it has begun to listen.
func answers(ctx context.Context, url string) error {
	return Until(ctx, 30*time.Second, 20*time.Millisecond, "no answer from "+url, func(ctx context.Context) error { return get(ctx, url) })
}

func get(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s", response.Status)
	}
	return nil
}
