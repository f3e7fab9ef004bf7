package codec

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
)

func TestUncompressed(t *testing.T) {
	for address, own := range map[string]bool{
		"": true, "localhost:7233": true, "127.0.0.1:7233": true, "[::1]:7233": true, "127.9.8.7:1": true,
		"temporal:7233": false, "10.0.0.1:7233": false, "localhost.example.com:7233": false, "dns:///localhost:7233": false, "7233": false,
	} {
		options := client.Options{HostPort: address}
		Plain().Use(&options)
		if own {
			require.IsType(t, &client.GrpcCompressionNone{}, options.ConnectionOptions.GrpcCompression, address)
		} else {
			require.Nil(t, options.ConnectionOptions.GrpcCompression, address)
		}
	}
	options := client.Options{ConnectionOptions: client.ConnectionOptions{GrpcCompression: &client.GrpcCompressionGzip{}}}
	Plain().Use(&options)
	require.IsType(t, &client.GrpcCompressionGzip{}, options.ConnectionOptions.GrpcCompression, "whoever has said so knows why")
}
