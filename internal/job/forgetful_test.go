package job

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestForgetful(t *testing.T) {
	f := &forgetful{strings.NewReader("packed")}
	text, err := io.ReadAll(f)
	require.NoError(t, err)
	require.Equal(t, "packed", string(text))
	require.Nil(t, f.from, "nothing is kept")
	n, err := f.Read(make([]byte, 1))
	require.Zero(t, n)
	require.ErrorIs(t, err, io.EOF)
}
