// Package gatewaytest abuses a gateway of signals, for tests.
package gatewaytest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Signal is the request for a signal, as it goes over the wire.
func Signal(token, deployment, node, name, value string) []byte {
	return Post(token, fmt.Sprintf(`{"deployment":%q,"node":%q,"name":%q,"value":%q}`, deployment, node, name, value))
}

// Post is a request with any body.
func Post(token, body string) []byte {
	return fmt.Appendf(nil, "POST /v1/signals HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", token, len(body), body)
}

// Bad are requests that a gateway has to refuse, of all kinds that keep the
// connection: what a node may say whose token is given, and is not the one that it
// speaks for.
func Bad(deployment, node, foreignToken, otherNodesToken, otherDeploymentsToken string) map[string][]byte {
	signal := func(token string) []byte { return Signal(token, deployment, node, "ready", "stolen") }
	return map[string][]byte{
		"foreign token":               signal(foreignToken),
		"token of another node":       signal(otherNodesToken),
		"token of another deployment": signal(otherDeploymentsToken),
		"no token":                    []byte(strings.Replace(string(signal("x")), "Authorization", "X-Nothing", 1)),
		"no JSON":                     Post(foreignToken, "ready=stolen"),
		"unknown node":                Signal(otherNodesToken, deployment, node+"0", "ready", "stolen"),
		"unknown deployment":          Signal(otherDeploymentsToken, deployment+"0", node, "ready", "stolen"),
		"largest body":                Post(foreignToken, `{"deployment":"`+strings.Repeat("d", 8000)+`","node":"n","name":"a","value":"b"}`),
		"another path":                bytes.Replace(signal(foreignToken), []byte("/v1/signals"), []byte("/v1/../admin"), 1),
	}
}

// Report is what became of a flood.
type Report struct {
	// Answers counts the answers by status.
	Answers map[int]int
	// Lost counts the connections that ended, or could not be made.
	Lost    int
	Elapsed time.Duration
}

// Total is how many requests were answered.
func (r Report) Total() int {
	total := 0
	for _, n := range r.Answers {
		total += n
	}
	return total
}

// String says how much it was.
func (r Report) String() string {
	return fmt.Sprintf("%d answers in %.1f s, %.0f a second: %v; %d connections lost", r.Total(), r.Elapsed.Seconds(), float64(r.Total())/r.Elapsed.Seconds(), r.Answers, r.Lost)
}

// batch is how many requests a connection sends before it reads the answers: a
// sender that is cheaper than its victim.
const batch = 16

// Flood sends requests over so many connections until ctx ends, in turn, as fast as
// they are answered.
func Flood(ctx context.Context, address string, connections int, requests map[string][]byte) Report {
	var all [][]byte
	for _, r := range requests {
		all = append(all, r)
	}
	begin := time.Now()
	report := Report{Answers: map[int]int{}}
	var mu sync.Mutex
	var senders sync.WaitGroup
	for i := range connections {
		senders.Go(func() {
			for at := i; ctx.Err() == nil; at++ {
				answers := send(ctx, address, all, at)
				mu.Lock()
				for status, n := range answers {
					report.Answers[status] += n
				}
				report.Lost++
				mu.Unlock()
			}
		})
	}
	senders.Wait()
	report.Lost -= connections // that ended because ctx did
	report.Elapsed = time.Since(begin)
	return report
}

// send uses one connection for as long as it holds.
func send(ctx context.Context, address string, requests [][]byte, at int) map[int]int {
	answers := map[int]int{}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return answers
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })
	defer stop()
	read := bufio.NewReader(conn)
	for {
		var text []byte
		for range batch {
			text = append(text, requests[at%len(requests)]...)
			at++
		}
		if _, err := conn.Write(text); err != nil {
			return answers
		}
		for range batch {
			response, err := http.ReadResponse(read, nil)
			if err != nil {
				return answers
			}
			_, err = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
			if err != nil {
				return answers
			}
			answers[response.StatusCode]++
		}
	}
}
