package git

import (
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	"aiolos/deploy"
)

// repository is where a URL leads.
type repository struct {
	// url is as given, with its credentials.
	url string
	// shown is the URL as it may be shown.
	shown string
	// local is the directory of a file URL; empty for all others.
	local string
	// secrets are what must not be seen in errors.
	secrets []string
}

// parse checks a URL. No error shows what may be a credential.
func (s *Source) parse(text string) (repository, error) {
	schemes := "https, http, ssh or git"
	if s.AllowLocal {
		schemes = "https, http, ssh, git or file"
	}
	wrong := func(allowed string) (repository, error) {
		return repository{}, &deploy.InvalidError{Problems: []deploy.Problem{{Field: "git", Value: hide(text, nil), Allowed: allowed}}}
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Opaque != "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return wrong("a URL that begins with " + schemes + " and ://")
	}
	at := repository{url: text, secrets: secrets(u)}
	shown := *u
	shown.User, shown.RawQuery, shown.Fragment = nil, "", ""
	at.shown = shown.String()
	switch u.Scheme {
	case "https", "http", "ssh", "git":
		if u.Hostname() == "" || u.Path == "" || u.Path == "/" {
			return wrong("a URL with a host and a path")
		}
	case "file":
		if !s.AllowLocal {
			return wrong("a URL with " + schemes + "; this worker does not permit file")
		}
		if u.Host != "" || !filepath.IsAbs(u.Path) {
			return wrong("file:// and an absolute path")
		}
		at.local = filepath.Clean(u.Path)
	default:
		return wrong("a URL with " + schemes)
	}
	return at, nil
}

// secrets are the parts of a URL by which one logs in, in each spelling.
func secrets(u *url.URL) []string {
	var all []string
	if u.User != nil {
		all = append(all, u.User.String()+"@", u.User.String())
		if password, ok := u.User.Password(); ok {
			all = append(all, password, url.QueryEscape(password), url.PathEscape(password))
			// Where there is a password, the user name is none.
		} else if u.Scheme != "ssh" {
			all = append(all, u.User.Username(), url.PathEscape(u.User.Username()))
		}
	}
	return append(all, u.RawQuery)
}

var (
	userinfo = regexp.MustCompile(`(\w+://)?\S*@`)
	query    = regexp.MustCompile(`\?[^\s"']*`)
)

// hide takes out of a text what may be a credential.
func hide(text string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "")
		}
	}
	return query.ReplaceAllString(userinfo.ReplaceAllString(text, "$1"), "")
}
