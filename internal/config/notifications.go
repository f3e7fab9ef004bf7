package config

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"aiolos/deploy"
	"aiolos/internal/secretref"
)

// Notification is a receiver of notices: of each change of a deployment's state.
type Notification struct {
	// Name is what the receiver is called in histories and metrics: letters, digits,
	// '_', '.' and '-', at most 63. Each has its own.
	Name string `yaml:"name"`
	// URL is where notices are posted, by https or http.
	URL string `yaml:"url"`
	// Secret is a reference to the key that notices are signed with, such as
	// "file:/etc/aiolos/notify.secret" or "env:NOTIFY_SECRET".
	Secret string `yaml:"secret"`
	// States are those that the receiver is told of; all by default.
	States []string `yaml:"states,omitempty"`
}

func (p *parser) notifications(all []Notification) {
	var names []string
	for i, n := range all {
		at := fmt.Sprintf("notifications[%d]", i)
		switch {
		case !plainName.MatchString(n.Name):
			p.once(at+".name", n.Name, plainNameAllowed)
		case slices.Contains(names, n.Name):
			p.once(at+".name", n.Name, "a name that no other receiver has")
		}
		names = append(names, n.Name)
		// The URL may be a secret, and so is not shown.
		if u, err := url.Parse(n.URL); err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
			p.once(at+".url", deploy.Hidden, "the http or https URL of the receiver")
		}
		var wrong *secretref.FormatError
		if _, err := secretref.Parse(at+".secret", n.Secret); errors.As(err, &wrong) {
			p.once(at+".secret", deploy.Hidden, "a reference to the secret: file:/PATH, env:NAME, aws-sm:NAME or aws-ssm:NAME")
		}
		for j, state := range n.States {
			if !slices.Contains(deploy.States(), deploy.State(state)) {
				p.once(fmt.Sprintf("%s.states[%d]", at, j), state, "one of "+stateNames())
			}
		}
	}
}

func stateNames() string {
	var names []string
	for _, s := range deploy.States() {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}
