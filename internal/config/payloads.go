package config

import (
	"errors"
	"net"
	"net/netip"
	"strings"

	"aiolos/internal/secretref"
)

// Payloads says how what Temporal is given to keep is encrypted.
type Payloads struct {
	// Keys is a reference to the payload keys, a line "ID BASE64KEY" each: the first
	// one writes, all can read. It has to be given.
	Keys string `yaml:"keys"`
	// Required refuses what is not encrypted; false by default, since the namespace
	// may hold histories from before.
	Required bool `yaml:"required"`
}

// CodecServer decrypts payloads for Temporal's UI and command line.
type CodecServer struct {
	// Listen is "host:port"; "127.0.0.1:7282" by default. Without tokens it has to be
	// an address of this machine's loopback.
	Listen string `yaml:"listen"`
	// Origins are the web pages that may ask, such as "https://temporal.example.org":
	// where the UI is.
	Origins []string `yaml:"origins,omitempty"`
	// Encode lets the UI and the command line encrypt, too.
	Encode bool `yaml:"encode"`
	// Token is a reference to a token of 32 bytes or more that all share who may ask.
	Token string `yaml:"token,omitempty"`
	// AccessTokens are those of the UI's users. Only one of Token and AccessTokens
	// can be given.
	AccessTokens *AccessTokens `yaml:"access_tokens,omitempty"`
}

// AccessTokens says which JSON Web Tokens of the UI's users are taken.
type AccessTokens struct {
	// Issuer is the issuer's URL. It has to be given.
	Issuer string `yaml:"issuer"`
	// Audience has to be in the token's "aud". It has to be given.
	Audience string `yaml:"audience"`
	// Claim has to hold Value: "groups" and "operators". Both may be left out.
	Claim string `yaml:"claim,omitempty"`
	Value string `yaml:"value,omitempty"`
}

// payloads checks how payloads are encrypted, and who may have them decrypted.
func (p *parser) payloads(c Config) {
	if c.Payloads != nil {
		p.reference("payloads.keys", c.Payloads.Keys)
	}
	s := c.CodecServer
	if s == nil {
		return
	}
	const path = "codec_server"
	if c.Payloads == nil {
		p.once("payloads", "", "payload keys where there is a codec_server")
	}
	p.listen(path+".listen", s.Listen)
	switch {
	case s.Token != "" && s.AccessTokens != nil:
		p.once(path+".access_tokens", "both", "token or access_tokens")
	case s.Token != "":
		p.reference(path+".token", s.Token)
	case s.AccessTokens != nil:
		p.accessTokens(path+".access_tokens", *s.AccessTokens)
	case !loopback(s.Listen):
		p.once(path+".listen", s.Listen, "an address of this machine's loopback, unless token or access_tokens is given")
	}
}

func (p *parser) accessTokens(path string, a AccessTokens) {
	if a.Issuer == "" {
		p.once(path+".issuer", "", "the issuer's URL, as it stands in a token's iss")
	}
	if a.Audience == "" {
		p.once(path+".audience", "", "what has to stand in a token's aud")
	}
	if (a.Claim == "") != (a.Value == "") {
		p.once(path+".value", a.Value, "a claim with its value, or neither")
	}
}

// reference checks a reference to a secret. What stands there is not shown: it
// may be the secret itself.
func (p *parser) reference(field, text string) {
	_, err := secretref.Parse(field, text)
	var wrong *secretref.FormatError
	if errors.As(err, &wrong) {
		p.once(field, wrong.Problem, "a reference: file:/PATH, env:NAME, aws-sm:NAME or aws-ssm:NAME")
	}
}

// loopback says whether only this machine can reach an address.
func loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return true // said already
	}
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback()
}
