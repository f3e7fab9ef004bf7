package codec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"path"

	commonpb "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

// MaxBody bounds a request to Handler, in bytes: several payloads as large as
// Temporal takes them (2 MB), in base64.
const MaxBody = 16 << 20

// HandlerOptions say who may use a Handler, and for what.
type HandlerOptions struct {
	// Origins are the web pages that may ask, as browsers name them:
	// "https://temporal.example.org", with a port where it is not the scheme's own.
	// It is where the Temporal UI is. None means that no page may, only programs.
	Origins []string
	// Verify says why a bearer token does not let its holder read everything; see
	// Token and package accesstoken. Its errors are logged, so they must not hold
	// the token. Without it, no token is asked for, and only this machine may ask.
	Verify func(ctx context.Context, token string) error
	// Encode lets the UI and the command line encrypt inputs, too, so that they can
	// start workflows and send signals. Otherwise there is no /encode.
	Encode bool
	// Log is told who was refused; nil for nobody. It never gets payloads or tokens.
	Log *slog.Logger
}

// Handler is a codec server for Temporal's UI and command line: POST /decode and,
// where it is asked for, /encode, also below a path such as the namespace's. The
// body and the answer are {"payloads": [...]} in protobuf's JSON. Origins that are
// none give an *OriginError.
//
// The answer is 400 for what is no request and for payloads that cannot be
// decrypted, and says why; 401 without a right token; 403 for other origins and,
// where there are no tokens, for other machines; 404, 405, 413 and 415 as usual.
func Handler(c *Codec, o HandlerOptions) (http.Handler, error) {
	origins, err := readOrigins(o.Origins)
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	h := &handler{origins: origins, verify: o.Verify, log: o.Log, deeds: map[string]deed{"decode": c.Decode}}
	if o.Encode {
		h.deeds["encode"] = c.Encode
	}
	return h, nil
}

type deed func([]*commonpb.Payload) ([]*commonpb.Payload, error)

type handler struct {
	origins map[string]bool
	verify  func(ctx context.Context, token string) error
	log     *slog.Logger
	// deeds are what can be done, by the last part of the path.
	deeds map[string]deed
}

// refusal is an answer without payloads.
type refusal struct {
	status  int
	message string
	// why is for the log only; nil where the message tells.
	why error
}

func (r *refusal) Error() string { return r.message }

func (r *refusal) Unwrap() error { return r.why }

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// What is decrypted belongs to nobody's cache.
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	answer, err := h.serve(w, r)
	var no *refusal
	switch {
	case errors.As(err, &no):
		if no.status == http.StatusUnauthorized || no.status == http.StatusForbidden {
			h.log.WarnContext(r.Context(), "A request to decode payloads was refused", "from", r.RemoteAddr, "answer", no.message, "why", no.why)
		}
		http.Error(w, no.message, no.status)
	case err != nil:
		// The errors of the codec show nothing of a payload.
		http.Error(w, err.Error(), http.StatusBadRequest)
	case answer == nil:
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer) //nolint:gosec // JSON, and said to be; who does not wait for it has none
	}
}

// serve returns the body of the answer; nil for a browser's question whether it
// may ask.
func (h *handler) serve(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	do, ok := h.deeds[path.Base(r.URL.Path)]
	if !ok {
		return nil, &refusal{status: http.StatusNotFound, message: "no such path"}
	}
	asking, err := h.crossOrigin(w, r)
	if err != nil {
		return nil, err
	}
	if h.verify == nil {
		if err := local(r); err != nil {
			return nil, err
		}
	}
	if asking {
		return nil, nil
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, &refusal{status: http.StatusMethodNotAllowed, message: "only POST"}
	}
	if h.verify != nil {
		if err := h.authorize(r); err != nil {
			w.Header().Set("WWW-Authenticate", "Bearer")
			return nil, &refusal{status: http.StatusUnauthorized, message: "a bearer token is needed that may read payloads", why: err}
		}
	}
	payloads, err := read(w, r)
	if err != nil {
		return nil, err
	}
	done, err := do(payloads)
	if err != nil {
		return nil, err
	}
	return protojson.Marshal(&commonpb.Payloads{Payloads: done})
}

// read reads the payloads of a request.
func read(w http.ResponseWriter, r *http.Request) ([]*commonpb.Payload, error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, &refusal{status: http.StatusUnsupportedMediaType, message: "the Content-Type has to be application/json"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, &refusal{status: http.StatusRequestEntityTooLarge, message: fmt.Sprintf("the body is larger than %d bytes", MaxBody)}
	case err != nil:
		return nil, &refusal{status: http.StatusBadRequest, message: "the body did not arrive as a whole"}
	}
	var payloads commonpb.Payloads
	// Later versions of the UI may know more fields.
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(body, &payloads); err != nil {
		// The parser's own words would quote the body.
		return nil, &refusal{status: http.StatusBadRequest, message: `the body is not {"payloads": [...]} in protobuf's JSON`}
	}
	for _, p := range payloads.GetPayloads() {
		if p == nil {
			return nil, &refusal{status: http.StatusBadRequest, message: "a payload is null"}
		}
	}
	return payloads.GetPayloads(), nil
}
