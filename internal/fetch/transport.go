package fetch

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// maxRedirects bounds how often a server may send us elsewhere.
const maxRedirects = 5

// transport takes what servers send as it is: a digest is of the bytes that anybody
// else would get, so nothing is decompressed. Connections are not kept, since a
// file is fetched once.
func transport(roots *x509.CertPool) *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return checkAddress(at.Addr())
	}}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  30 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
		DisableKeepAlives:      true,
	}
}

// metadata is where EC2 tells machines their credentials, beside the link-local one.
var metadata = netip.MustParseAddr("fd00:ec2::254")

// checkAddress refuses where clouds tell a machine its secrets: whoever may name a
// URL must not read those of the worker.
func checkAddress(a netip.Addr) error {
	a = a.Unmap().WithZone("")
	if a.IsLinkLocalUnicast() || a == metadata || a.IsMulticast() || a.IsUnspecified() {
		return &redirectError{fmt.Sprintf("nothing is fetched from the address %s", a)}
	}
	return nil
}

// redirectError says what was not followed. Its text holds no URL.
type redirectError struct{ reason string }

func (e *redirectError) Error() string { return e.reason }

func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return &redirectError{fmt.Sprintf("more than %d redirects", maxRedirects)}
	}
	if via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return &redirectError{"it redirects from https to " + req.URL.Scheme}
	}
	if _, err := parse(req.URL.String()); err != nil {
		var wrong *InputError
		if errors.As(err, &wrong) {
			return &redirectError{"it redirects to a URL that is not taken: allowed is " + wrong.Allowed}
		}
		return err
	}
	// It would tell the next server what the last one's URL holds.
	req.Header.Del("Referer")
	return nil
}
