package activities

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"aiolos/deploy"
	"aiolos/internal/job"
)

// kindedError is an adapter's error of any kind, around another error.
type kindedError struct {
	kind deploy.Kind
	err  error
}

func (e *kindedError) Error() string     { return "it failed" }
func (e *kindedError) Kind() deploy.Kind { return e.kind }
func (e *kindedError) Unwrap() error     { return e.err }

func TestTranslate(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		kind  deploy.Kind
		again bool
	}{
		"unknown":                   {errors.New("what?"), deploy.KindStep, true},
		"wrapped":                   {fmt.Errorf("while: %w", &JobError{Exit: 3}), deploy.KindJob, false},
		"invalid":                   {&deploy.InvalidError{Problems: []deploy.Problem{{Field: "x", Allowed: "y"}}}, deploy.KindInvalidRequest, false},
		"deadline":                  {fmt.Errorf("dial: %w", context.DeadlineExceeded), deploy.KindTimeout, true},
		"host key":                  {&kindedError{kind: deploy.KindHostKey}, deploy.KindHostKey, false},
		"unreachable":               {&kindedError{kind: deploy.KindUnreachable}, deploy.KindUnreachable, true},
		"conflict after a deadline": {&kindedError{kind: deploy.KindConflict, err: context.DeadlineExceeded}, deploy.KindConflict, false},
		"a kind nobody listed":      {&kindedError{kind: "New"}, "New", true},
		"job lost":                  {&job.LostError{ID: "x"}, deploy.KindJobLost, false},
	} {
		t.Run(name, func(t *testing.T) {
			var application *temporal.ApplicationError
			require.ErrorAs(t, translate(c.err, "configure", "storage-0"), &application)
			require.Equal(t, string(c.kind), application.Type())
			require.Equal(t, c.again, !application.NonRetryable())
			require.Contains(t, application.Message(), "configure on storage-0: ")
			var f deploy.Failure
			require.NoError(t, application.Details(&f))
			require.Equal(t, c.kind, f.Kind)
		})
	}
	require.NoError(t, translate(nil, "", ""))
	require.ErrorIs(t, translate(context.Canceled, "", ""), context.Canceled)
}

func TestEvidenceIsTheEnd(t *testing.T) {
	err := translate(&JobError{Exit: 7, Output: []string{"one", "two"}}, "s", "n")
	require.Contains(t, err.Error(), "exit code 7\n  one\n  two")
	require.Len(t, job.LastLines([]byte("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n")), job.EvidenceLines)
	require.Nil(t, job.LastLines(nil))
}
