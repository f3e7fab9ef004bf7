package gateway

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"aiolos/deploy"
)

// checkTimeout is how long a gateway may take to say that it is there.
const checkTimeout = 5 * time.Second

// Check looks whether the gateway answers at the URL that nodes are told, as far
// as that can be seen from here.
func Check(url string) func(ctx context.Context) deploy.Finding {
	const check = "gateway"
	client := &http.Client{
		Timeout: checkTimeout, Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context) deploy.Finding {
		if url == "" {
			return deploy.Wrong(check, deploy.VerdictFailed, "no URL is known", "set gateway.url in the worker's configuration to what nodes reach it by")
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(url, "/")+Path, nil)
		if err != nil {
			return deploy.Wrong(check, deploy.VerdictFailed, err.Error(), "set gateway.url in the worker's configuration to a URL")
		}
		response, err := client.Do(request)
		if err != nil {
			return deploy.Wrong(check, deploy.VerdictFailed, err.Error(),
				"set gateway.url in the worker's configuration to what nodes reach it by, and let that through the firewall, from here too")
		}
		_ = response.Body.Close()
		// Reading is refused there: so it is the gateway, and not what stands before it.
		if response.StatusCode != http.StatusMethodNotAllowed || response.Header.Get("Allow") != http.MethodPost {
			return deploy.Wrong(check, deploy.VerdictFailed, fmt.Sprintf("%s answers %s", url, response.Status),
				"something else answers there, or a proxy in between: see that gateway.url leads to this worker")
		}
		return deploy.Fine(check, "answers at %s", url)
	}
}
