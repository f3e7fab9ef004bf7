// Package accesstoken checks the access tokens that Temporal's UI sends to a codec
// server: JSON Web Tokens (RFC 7519) of whoever the UI's users log in with, by the
// keys that this issuer publishes (OpenID Connect Discovery, RFC 7517).
//
// It stands apart from package codec so that programs that only encrypt do not
// link it.
package accesstoken

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// Options say which tokens are taken.
type Options struct {
	// Issuer is the issuer's URL, as it stands in "iss".
	Issuer string
	// Audience has to be in "aud": the codec server's or the UI's own name at the
	// issuer. Without one, a token for any other service would do.
	Audience string
	// Claim and Value narrow it down to some users: the claim, a text of words or a
	// list, has to hold the value ("groups" and "operators"). Both may be empty.
	Claim, Value string
	// Client reaches the issuer; nil for one with a time limit of 10 seconds.
	Client *http.Client
}

// ClaimError says that a token is genuine, and its user may not read payloads.
type ClaimError struct{ Subject, Claim, Value string }

func (e *ClaimError) Error() string {
	return fmt.Sprintf("the token of %q does not hold %q in %q", e.Subject, e.Value, e.Claim)
}

// ErrOptions says that options are missing.
var ErrOptions = errors.New("access tokens: allowed are an issuer and an audience, and a claim with its value or neither")

// signatures are the algorithms that are taken: by key pairs only, since a shared
// key cannot be published.
var signatures = [...]string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}

// timeout bounds a question to the issuer.
const timeout = 10 * time.Second

// New asks the issuer where its keys are and makes a Verify for a codec server.
// The keys are fetched when they are needed, and again when there is a new one,
// as long as ctx lasts. What Verify returns never holds the token.
func New(ctx context.Context, o Options) (func(context.Context, string) error, error) {
	if o.Issuer == "" || o.Audience == "" || (o.Claim == "") != (o.Value == "") {
		return nil, ErrOptions
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: timeout}
	}
	issuer, err := oidc.NewProvider(oidc.ClientContext(ctx, o.Client), o.Issuer)
	if err != nil {
		return nil, fmt.Errorf("the issuer of access tokens, %s: %w", o.Issuer, err)
	}
	verifier := issuer.VerifierContext(oidc.ClientContext(ctx, o.Client), &oidc.Config{
		ClientID: o.Audience, SupportedSigningAlgs: signatures[:],
	})
	return func(ctx context.Context, text string) error {
		token, err := verifier.Verify(ctx, text)
		if err != nil {
			return err
		}
		if o.Claim == "" {
			return nil
		}
		var claims map[string]any
		if err := token.Claims(&claims); err != nil {
			return err
		}
		if !holds(claims[o.Claim], o.Value) {
			return &ClaimError{Subject: token.Subject, Claim: o.Claim, Value: o.Value}
		}
		return nil
	}, nil
}

// holds says whether a claim is the value, a text of words with it ("scope",
// RFC 8693) or a list with it.
func holds(claim any, value string) bool {
	switch claim := claim.(type) {
	case string:
		return claim == value || slices.Contains(strings.Fields(claim), value)
	case []any:
		return slices.Contains(claim, any(value))
	}
	return false
}
