package trust

import (
	"net/http"
	"strings"
)

// Bearer returns the token of a request's only Authorization header, and whether
// there is one (RFC 6750, section 2.1).
func Bearer(r *http.Request) (string, bool) {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return "", false
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "Bearer") && token != ""
}
