package ec2

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/smithy-go/middleware"
)

// inTurn has every attempt of every call ask for its turn.
func inTurn(turn func(context.Context) error) func(*ec2.Options) {
	return func(o *ec2.Options) {
		if turn == nil {
			return
		}
		asks := middleware.FinalizeMiddlewareFunc("AiolosTurn", func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (out middleware.FinalizeOutput, about middleware.Metadata, err error) {
			if err := turn(ctx); err != nil {
				return out, about, err
			}
			return next.HandleFinalize(ctx, in)
		})
		o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
			return s.Finalize.Insert(asks, "Retry", middleware.After)
		})
	}
}
