package codec

import (
	"net"
	"net/netip"
	"strings"

	"go.temporal.io/sdk/client"
)

// uncompressed has a client whose server is on the same machine send as it is what the SDK
// compresses otherwise: there it costs both sides time, and saves nothing.
func uncompressed(options *client.Options) {
	if options.ConnectionOptions.GrpcCompression == nil && onLoopback(options.HostPort) {
		options.ConnectionOptions.GrpcCompression = &client.GrpcCompressionNone{}
	}
}

// onLoopback says whether an address, "host:port", is this machine's own and nobody else's. The
// SDK's default, where it is empty, is.
func onLoopback(address string) bool {
	if address == "" {
		return true
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.Unmap().IsLoopback()
}
