package cloud

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestQuarter(t *testing.T) {
	for network, want := range map[string][]string{
		"172.27.0.0/16":   {"172.27.0.0/18", "172.27.64.0/18", "172.27.128.0/18"},
		"192.168.48.0/20": {"192.168.48.0/22", "192.168.52.0/22", "192.168.56.0/22"},
	} {
		for i, cidr := range want {
			require.Equal(t, cidr, quarter(netip.MustParsePrefix(network), i).String())
		}
	}
}
