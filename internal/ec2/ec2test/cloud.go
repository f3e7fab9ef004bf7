package ec2test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// Cloud is AWS: an account at moto, behind a proxy that adds what moto lacks. It
// is the handler of that proxy.
type Cloud struct {
	// URL is the endpoint for all of its services, of a test's own Cloud.
	URL string
	// moto is where moto answers.
	moto    string
	account string
	// images is who remembers images, if anybody.
	images *Moto

	mu         sync.Mutex
	calls      map[string]int
	faults     []*Fault
	launches   map[string]*launch
	placements map[string]*placement
	// zones are those of subnets, which never move.
	zones map[string]string
}

// New gives a test an account, which is gone when the test ends.
func New(t testing.TB, moto *Moto) *Cloud {
	t.Helper()
	c := Before(moto.URL)
	c.account, c.images = moto.account(), moto
	server := httptest.NewServer(c)
	c.URL = server.URL
	t.Cleanup(server.Close)
	return c
}

// Before returns what stands before a moto that answers at the URL, with the
// account that moto has from the start. What it adds is only in its memory.
func Before(moto string) *Cloud {
	return &Cloud{moto: moto, calls: map[string]int{}, launches: map[string]*launch{}, placements: map[string]*placement{}, zones: map[string]string{}}
}

// Calls tells how often each action was called, such as "ec2:RunInstances".
func (c *Cloud) Calls() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.calls)
}

// Reset begins to count anew.
func (c *Cloud) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.calls)
}

// call is one call of an action.
type call struct {
	// action is such as "ec2:RunInstances".
	action string
	form   url.Values
	header http.Header
	path   string
	body   []byte
}

// answer is what is said to it.
type answer struct {
	status int
	header http.Header
	body   []byte
}

var scope = regexp.MustCompile(`Credential=[^/]+/[^/]+/[^/]+/([^/]+)/`)

func (c *Cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	made := call{header: r.Header.Clone(), path: r.URL.RequestURI(), body: body}
	action := ""
	if _, name, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		action = name
	} else if made.form, err = url.ParseQuery(string(body)); err == nil {
		action = made.form.Get("Action")
	}
	service := ""
	if m := scope.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		service = m[1]
	}
	made.action = service + ":" + action
	said, answered := c.handle(r.Context(), made)
	if !answered {
		panic(http.ErrAbortHandler) // cuts the connection
	}
	maps.Copy(w.Header(), said.header)
	w.WriteHeader(said.status)
	_, _ = w.Write(said.body)
}

// handle answers a call, or does not where a fault keeps the answer back.
func (c *Cloud) handle(ctx context.Context, made call) (said answer, answered bool) {
	fault := c.next(made)
	if fault != nil && !fault.After && fault.Rewrite == nil {
		return fault.answer(made)
	}
	switch action := strings.TrimPrefix(made.action, "ec2:"); {
	case action == "RunInstances" && made.form.Get("DryRun") != "true" && made.form.Get("ClientToken") != "":
		said = c.run(ctx, made)
	case strings.Contains(action, "PlacementGroup"):
		said = c.placementGroup(action, made.form)
	default:
		said = c.forward(ctx, made)
	}
	switch {
	case fault == nil:
	case fault.Rewrite != nil:
		said.body = fault.Rewrite(said.body)
	default:
		return fault.answer(made)
	}
	return said, true
}

// forward has moto answer.
func (c *Cloud) forward(ctx context.Context, made call) answer {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.moto+made.path, bytes.NewReader(made.body))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	request.Header = made.header.Clone()
	request.Header.Del("Accept-Encoding")
	if c.account != "" {
		request.Header.Set("X-Moto-Account-Id", c.account)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	response.Header.Del("Content-Length")
	return answer{status: response.StatusCode, header: response.Header, body: body}
}

// ask has moto answer another action of EC2, as whoever made the call.
func (c *Cloud) ask(ctx context.Context, made call, form url.Values) []byte {
	form.Set("Version", made.form.Get("Version"))
	made.form, made.body = form, []byte(form.Encode())
	return c.forward(ctx, made).body
}
