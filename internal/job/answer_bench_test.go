package job

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkFollow reads a megabyte of a job's output, as it comes from SSH.
func BenchmarkFollow(b *testing.B) {
	piece := bytes.Repeat([]byte("Notice: /Stage[main]/Glusterfs::Service/Service[glusterd]/ensure: ensure changed\n"), 400)
	b.SetBytes(32 * int64(len(piece)))
	for b.Loop() {
		var last Progress
		a := &answer{nonce: "NONCE", progress: func(p Progress) { last = p }}
		_, _ = a.Write([]byte("aiolos-NONCE 0 0\n"))
		for range 32 {
			_, _ = a.Write(piece)
		}
		require.EqualValues(b, 32*len(piece), last.Offset)
	}
}
