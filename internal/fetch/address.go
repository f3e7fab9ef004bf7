package fetch

import (
	"net/netip"
	"net/url"
	"strings"
)

// maxURL bounds a URL, in bytes.
const maxURL = 4096

// address is a URL, and how it may be shown.
type address struct {
	raw   string
	shown string
	// secrets are its parts that must not be shown.
	secrets []string
}

const allowedURL = "an http or https URL with a host"

// parse checks a URL before anything is asked.
func parse(text string) (address, error) {
	u, err := url.Parse(text)
	switch {
	case len(text) > maxURL:
		return address{}, &InputError{Field: "url", Allowed: "at most 4096 bytes"}
	case err != nil:
		// Nobody knows which part of it is a password.
		return address{}, &InputError{Field: "url", Allowed: allowedURL}
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return address{}, &InputError{Field: "url", Value: Redact(text), Allowed: allowedURL}
	}
	// What is asked through a proxy is not seen by the dialer.
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && checkAddress(ip) != nil {
		return address{}, &InputError{Field: "url", Value: Redact(text), Allowed: "a URL of a server, no address of the machine's own metadata"}
	}
	at := address{raw: text, shown: Redact(text)}
	if password, ok := u.User.Password(); ok {
		at.secrets = append(at.secrets, password, u.User.String())
	}
	at.secrets = append(at.secrets, u.User.Username(), u.RawQuery)
	return at, nil
}

// Redact returns a URL as it may be shown: without who asks and without its query,
// which may hold tokens.
func Redact(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "(no URL)"
	}
	query := u.RawQuery != "" || u.ForceQuery
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	shown := u.String()
	if u.Opaque != "" {
		shown = u.Scheme + ":…" // may hold anything
	}
	if query {
		shown += "?…"
	}
	return shorten(shown)
}

// hide makes the words of others fit to be shown.
func (at address) hide(text string) string {
	for _, secret := range at.secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	return shorten(text)
}

func shorten(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if runes := []rune(text); len(runes) > 300 {
		return string(runes[:300]) + "…"
	}
	return text
}
