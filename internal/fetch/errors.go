package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"aiolos/deploy"
)

// InputError says what is wrong with what was asked for.
type InputError struct {
	// Field is "url" or "sha256".
	Field string
	// Value is what was found, where it may be shown.
	Value   string
	Allowed string
}

func (e *InputError) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("fetch: %s: allowed is %s", e.Field, e.Allowed)
	}
	return fmt.Sprintf("fetch: %s is %q: allowed is %s", e.Field, e.Value, e.Allowed)
}

// Kind tells that asking for the same again is of no use.
func (e *InputError) Kind() deploy.Kind { return deploy.KindInvalidRequest }

// GetError says that a file could not be had.
type GetError struct {
	// URL is without credentials and query.
	URL string
	// Reason is what the server or the network said, without credentials.
	Reason string
	// Status is the server's answer; 0 if there was none.
	Status int

	temporary bool
}

func (e *GetError) Error() string { return "cannot fetch " + e.URL + ": " + e.Reason }

// Kind implements the interface by which failures are sorted.
func (e *GetError) Kind() deploy.Kind { return deploy.KindSource }

// Temporary tells whether trying again may help: networks and servers come back,
// while a file that is not there, or a certificate that is not trusted, stays so.
func (e *GetError) Temporary() bool { return e.temporary }

// SizeError says that a file is too large. Nothing of it was kept.
type SizeError struct {
	URL string
	// Limit is in bytes.
	Limit int64
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("%s is not taken: it has more than %d bytes", e.URL, e.Limit)
}

// Kind implements the interface by which failures are sorted.
func (e *SizeError) Kind() deploy.Kind { return deploy.KindSource }

// DigestError says that what is at a URL is not what was pinned.
type DigestError struct{ URL, Want, Got string }

func (e *DigestError) Error() string {
	return fmt.Sprintf("%s has changed: its SHA-256 is %s, and %s was pinned", e.URL, e.Got, e.Want)
}

// Kind implements the interface by which failures are sorted.
func (e *DigestError) Kind() deploy.Kind { return deploy.KindSource }

// refused is a server's answer that brings no file.
func (at address) refused(status int) error {
	reason := fmt.Sprintf("the server answers %d %s", status, http.StatusText(status))
	passing := status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status == http.StatusTooEarly
	return &GetError{URL: at.shown, Reason: strings.TrimSpace(reason), Status: status, temporary: passing}
}

// failed is an error on the way. It wraps nothing, as the text of what there is may
// hold credentials.
func (at address) failed(err error) error {
	var redirect *redirectError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var name *net.DNSError
	var outer *url.Error
	fail := &GetError{URL: at.shown}
	switch {
	case errors.As(err, &redirect):
		fail.Reason = redirect.reason
		return fail
	case errors.As(err, &certificate):
		fail.Reason = at.hide("its certificate is not trusted: " + certificate.Err.Error())
		return fail
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		fail.Reason = "the server does not speak TLS"
		return fail
	case errors.As(err, &name) && name.IsNotFound && !name.IsTimeout:
		fail.Reason = fmt.Sprintf("there is no host %s", at.hide(name.Name))
		return fail
	}
	fail.temporary = true
	if errors.Is(err, context.DeadlineExceeded) {
		fail.Reason = "it did not come in time"
		return fail
	}
	// The outer error quotes the URL.
	if errors.As(err, &outer) {
		err = outer.Err
	}
	fail.Reason = at.hide(err.Error())
	if strings.Contains(fail.Reason, "Location header") {
		fail.Reason, fail.temporary = "it redirects to what is no URL", false
	}
	return fail
}
