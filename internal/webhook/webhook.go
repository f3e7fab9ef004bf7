// Package webhook delivers messages over HTTP, signed as the Standard Webhooks
// specification has it (https://www.standardwebhooks.com), so that receivers find a
// library that verifies them.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The headers of a delivery.
const (
	IDHeader        = "webhook-id"
	TimestampHeader = "webhook-timestamp"
	SignatureHeader = "webhook-signature"
)

// maxAnswer is how much of an answer is read, in bytes, so that its connection can
// be used again. Nothing of it is kept: it may be anything.
const maxAnswer = 64 << 10

// Endpoint is where messages are delivered.
type Endpoint struct {
	// URL may be a secret by itself: no error shows it.
	URL string
	// Secret is the key of signatures, or its base64 text after "whsec_".
	Secret []byte
}

// Message is what is delivered.
type Message struct {
	// ID tells a receiver what it has seen already. It holds no dot.
	ID   string
	Body []byte
}

// Sender delivers messages.
type Sender struct {
	client *http.Client
	now    func() time.Time
}

// New returns a sender whose attempts take at most timeout each.
func New(timeout time.Duration) *Sender {
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute,
		TLSHandshakeTimeout: timeout, ResponseHeaderTimeout: timeout,
	}
	return &Sender{now: time.Now, client: &http.Client{
		Transport: transport, Timeout: timeout,
		// Where messages go is what the operator says, and not the receiver.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Close ends idle connections.
func (s *Sender) Close() error {
	s.client.CloseIdleConnections()
	return nil
}

// RefusedError says that the receiver answered with another status than 2xx.
type RefusedError struct {
	Status int
	// After is when the receiver wants to be asked again; 0 where it does not say.
	After time.Duration
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("the receiver answered with HTTP status %d; allowed is 200 to 299", e.Status)
}

// Gone says that the receiver wants no more messages.
func (e *RefusedError) Gone() bool { return e.Status == http.StatusGone }

// RetryAfter is when it is worth another attempt; 0 where the receiver does not say.
func (e *RefusedError) RetryAfter() time.Duration { return e.After }

// UnreachableError says that there was no answer.
type UnreachableError struct{ Err error }

func (e *UnreachableError) Error() string { return "the receiver does not answer: " + reason(e.Err) }

func (e *UnreachableError) Unwrap() error { return e.Err }

// reason says an error without the URL, the host name and the address.
func reason(err error) string {
	var network net.Error
	var name *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &network) && network.Timeout():
		return "no answer in time"
	case errors.As(err, &name):
		return "its name is not known"
	case errors.As(err, &op):
		return op.Op + ": " + op.Err.Error()
	}
	return "the connection failed"
}

// Deliver makes one attempt. Its errors are *RefusedError, *UnreachableError, and
// ctx's own.
func (s *Sender) Deliver(ctx context.Context, to Endpoint, m Message) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, bytes.NewReader(m.Body))
	if err != nil {
		return errors.New("the URL of the receiver is none")
	}
	timestamp := strconv.FormatInt(s.now().Unix(), 10)
	signature, err := Sign(to.Secret, m.ID, timestamp, m.Body)
	if err != nil {
		return err
	}
	for name, value := range map[string]string{
		"content-type": "application/json", "user-agent": "aiolos",
		IDHeader: m.ID, TimestampHeader: timestamp, SignatureHeader: signature,
	} {
		request.Header.Set(name, value)
	}
	answer, err := s.client.Do(request)
	var failed *url.Error
	switch {
	case ctx.Err() != nil:
		if err == nil {
			_ = answer.Body.Close()
		}
		return ctx.Err()
	case errors.As(err, &failed):
		return &UnreachableError{failed.Err}
	case err != nil:
		return &UnreachableError{err}
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer))
	if answer.StatusCode/100 != 2 {
		return &RefusedError{Status: answer.StatusCode, After: after(answer.Header.Get("Retry-After"))}
	}
	return nil
}

// maxAfter bounds how long a receiver may put off a message.
const maxAfter = time.Hour

func after(header string) time.Duration {
	seconds, err := strconv.Atoi(header)
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, maxAfter)
}

// Sign returns the signature header: "v1," and the base64 text of the HMAC-SHA256
// over ID, timestamp and body, with dots between.
func Sign(secret []byte, id, timestamp string, body []byte) (string, error) {
	key, err := Key(secret)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

// leastKey is how long a key has to be, in bytes, so that nobody finds it by trying.
const leastKey = 24

// Key is what a secret signs with: itself, or the bytes that its base64 text after
// "whsec_" stands for. At least 24 are needed.
func Key(secret []byte) ([]byte, error) {
	key := secret
	if text, ok := strings.CutPrefix(string(secret), "whsec_"); ok {
		var err error
		if key, err = base64.StdEncoding.DecodeString(text); err != nil {
			return nil, errors.New("the secret of a notification is no base64 text after whsec_")
		}
	}
	if len(key) < leastKey {
		return nil, fmt.Errorf("the secret of a notification has %d bytes; allowed are %d or more", len(key), leastKey)
	}
	return key, nil
}
