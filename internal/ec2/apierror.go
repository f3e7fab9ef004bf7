package ec2

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"aiolos/deploy"
)

// APIError is what AWS said to a call, after the SDK's own retries.
type APIError struct {
	// Op is what was to be done, in words.
	Op string
	// Code and Message are AWS's; both are "" where AWS did not answer.
	Code, Message string
	// Status is the HTTP status, 0 where AWS did not answer.
	Status int
	// RequestID is what AWS support asks for.
	RequestID string
	Err       error
}

// apiError makes an error of the SDK one of ours. That of a context stays what it is.
func apiError(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("EC2: %s: %w", op, err)
	}
	failure := &APIError{Op: op, Err: err}
	var said smithy.APIError
	if errors.As(err, &said) {
		failure.Code, failure.Message = said.ErrorCode(), said.ErrorMessage()
	}
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		failure.Status, failure.RequestID = response.HTTPStatusCode(), response.ServiceRequestID()
	}
	return failure
}

func (e *APIError) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("EC2: %s: %v", e.Op, e.Err)
	}
	text := fmt.Sprintf("EC2: %s: %s: %s", e.Op, e.Code, e.Message)
	if hint := hints[classOf(e)]; hint != "" {
		text += "; " + hint
	}
	return text
}

func (e *APIError) Unwrap() error { return e.Err }

// Kind tells that it is the provider that failed.
func (e *APIError) Kind() deploy.Kind { return deploy.KindLaunch }

// Temporary tells whether it may pass by itself: AWS was not reached, is busy or
// lags behind, rather than refuses.
func (e *APIError) Temporary() bool {
	switch classOf(e) {
	case classRefused, classPermission, classQuota:
		return false
	}
	return true
}

// Evidence shows AWS's own words.
func (e *APIError) Evidence() []string {
	if e.Code == "" {
		return nil
	}
	line := e.Code + ": " + e.Message
	if e.RequestID != "" {
		line += " (request " + e.RequestID + ")"
	}
	return []string{line}
}

// isCode says whether AWS answered with one of the codes.
func isCode(err error, codes ...string) bool {
	var said smithy.APIError
	if !errors.As(err, &said) {
		return false
	}
	for _, c := range codes {
		if said.ErrorCode() == c {
			return true
		}
	}
	return false
}

// asAPIError returns the failure of a call; ok is false where err is something else.
func asAPIError(err error) (failure *APIError, ok bool) {
	ok = errors.As(err, &failure)
	return failure, ok
}

// busy are the HTTP statuses that ask to come again.
func busy(status int) bool { return status >= 500 || status == http.StatusTooManyRequests }
