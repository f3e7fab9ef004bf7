package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"
)

const (
	signalPause    = time.Second
	signalPatience = 10 * time.Minute
	signalTimeout  = 15 * time.Second
)

// signal does what aiolos-signal does on a node: while the gateway is away or has
// too much to do, it tries again.
func (m *machine) signal(what, value string) {
	if _, hit := m.fleet.fault(FaultSignal, m.name); hit {
		return
	}
	m.fleet.signals.Add(1)
	ctx, cancel := context.WithTimeout(m.ctx, signalPatience)
	defer cancel()
	body, _ := json.Marshal(map[string]string{ // texts always encode
		"deployment": m.told.signal["deployment"], "node": m.told.signal["node"], "name": what, "value": value,
	})
	for {
		again, err := m.signalOnce(ctx, body)
		if !again {
			if err != nil {
				m.fleet.options.Log.Warn("A simulated node could not signal", "deployment", m.name.deployment, "node", m.name.node, "signal", what, "error", err)
			}
			return
		}
		if pause(ctx, signalPause) != nil {
			return
		}
	}
}

func (m *machine) signalOnce(ctx context.Context, body []byte) (again bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, signalTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, m.told.signal["url"]+"/v1/signals", bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	request.Header.Set("Authorization", "Bearer "+m.told.signal["token"])
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return true, err
	}
	defer response.Body.Close()
	switch code := response.StatusCode; {
	case code < http.StatusMultipleChoices:
		return false, nil
	case code == http.StatusTooManyRequests || code >= http.StatusInternalServerError:
		return true, nil
	default:
		return false, &refusedError{response.Status}
	}
}

// refusedError says that the gateway did not take a signal.
type refusedError struct{ status string }

func (e *refusedError) Error() string { return "the gateway answers " + e.status }
