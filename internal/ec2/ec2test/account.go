package ec2test

import (
	"context"
	"fmt"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

type middlewareStack = middleware.Stack

// asAccount has moto take a call for one of the account's.
func asAccount(account string) func(*middlewareStack) error {
	return func(stack *middlewareStack) error {
		return stack.Build.Add(middleware.BuildMiddlewareFunc("MotoAccount", func(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (middleware.BuildOutput, middleware.Metadata, error) {
			request, ok := in.Request.(*smithyhttp.Request)
			if !ok {
				return middleware.BuildOutput{}, middleware.Metadata{}, fmt.Errorf("unexpected request %T", in.Request)
			}
			request.Header.Set("X-Moto-Account-Id", account)
			return next.HandleBuild(ctx, in)
		}), middleware.After)
	}
}
