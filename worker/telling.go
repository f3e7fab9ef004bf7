package main

import (
	"context"

	"go.temporal.io/sdk/interceptor"
	sdklog "go.temporal.io/sdk/log"
)

// telling has what activities log name the step and the node that they are about.
// The SDK names the workflow and the activity.
type telling struct{ interceptor.InterceptorBase }

func (*telling) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &tellingActivity{ActivityInboundInterceptorBase: interceptor.ActivityInboundInterceptorBase{Next: next}}
}

type tellingActivity struct {
	interceptor.ActivityInboundInterceptorBase
}

func (a *tellingActivity) Init(next interceptor.ActivityOutboundInterceptor) error {
	return a.Next.Init(&tellingCalls{interceptor.ActivityOutboundInterceptorBase{Next: next}})
}

// aboutNode is an input that is about a step on a node.
type aboutNode interface{ About() (step, node string) }

type aboutKey struct{}

func (a *tellingActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	if len(in.Args) == 1 {
		if about, ok := in.Args[0].(aboutNode); ok {
			ctx = context.WithValue(ctx, aboutKey{}, about)
		}
	}
	return a.Next.ExecuteActivity(ctx, in)
}

type tellingCalls struct {
	interceptor.ActivityOutboundInterceptorBase
}

func (c *tellingCalls) GetLogger(ctx context.Context) sdklog.Logger {
	log := c.Next.GetLogger(ctx)
	if about, ok := ctx.Value(aboutKey{}).(aboutNode); ok {
		step, node := about.About()
		log = sdklog.With(log, "step", step, "node", node)
	}
	return log
}
