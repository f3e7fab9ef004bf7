package client_test

import (
	"fmt"
	"log/slog"
	"testing"

	sdk "go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"aiolos/client"
	"aiolos/deploy"
	"aiolos/starter/temporaltest"
)

// demo is a client of a server whose operations end at once with an outcome.
func demo(outcome client.Outcome) (c *client.Client, done func()) {
	stage := &stage{}
	server := temporaltest.Start(stage)
	server.OnStart = func(run *temporaltest.Run) {
		run.Says(client.Status{
			Deployment: outcome.Deployment, State: outcome.State,
			Steps: []deploy.StepStatus{{Name: deploy.StepLaunch, Node: "storage-0", State: deploy.StepDone}},
		})
		run.Complete(outcome)
	}
	temporal, err := sdk.Dial(sdk.Options{HostPort: server.Address, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		panic(err)
	}
	return client.New(temporal, ""), func() {
		temporal.Close()
		stage.end()
	}
}

// stage stands in for a test where an example needs what only tests can have.
type stage struct {
	testing.TB
	cleanups []func()
}

func (*stage) Helper()                           {}
func (s *stage) Cleanup(f func())                { s.cleanups = append(s.cleanups, f) }
func (*stage) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (*stage) FailNow()                          { panic("the stage is broken") }
func (s *stage) end() {
	for i := len(s.cleanups) - 1; i >= 0; i-- {
		s.cleanups[i]()
	}
}
