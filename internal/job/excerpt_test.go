package job_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aiolos/internal/job"
)

// resultOf is what a Result keeps of an output.
func resultOf(output string) job.Result {
	return job.Result{
		Size: int64(len(output)),
		Head: []byte(output[:min(len(output), job.HeadBytes)]),
		Tail: []byte(output[max(0, len(output)-job.TailBytes):]),
	}
}

func numbered(n int) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	require.Nil(t, job.Excerpt(resultOf("")))
	require.Nil(t, job.Excerpt(resultOf(" \n\n")))
	require.Equal(t, []string{"one", "two"}, job.Excerpt(resultOf("one\ntwo\n")))
	require.Len(t, job.Excerpt(resultOf(numbered(job.EvidenceLines))), job.EvidenceLines)
	for _, n := range []int{job.EvidenceLines + 1, 1000, 20_000} {
		got := job.Excerpt(resultOf(numbered(n)))
		require.Len(t, got, job.EvidenceLines)
		require.Equal(t, "line 1", got[0])
		require.Equal(t, "line 5", got[4])
		require.Contains(t, got[5], fmt.Sprintf(" of %d bytes are left out]", len(numbered(n))))
		require.Equal(t, fmt.Sprintf("line %d", n), got[14])
	}
	got := job.Excerpt(resultOf(strings.Repeat("é", 100_000)))
	require.Less(t, len(strings.Join(got, "")), 5000, "lines are bounded too")
}

func TestExcerptOfAnything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		output := strings.Repeat(rapid.StringOfN(rapid.SampledFrom([]rune("a\n é\x00\xff")), 0, 60, -1).Draw(t, "piece"), rapid.IntRange(0, 3000).Draw(t, "times"))
		got := job.Excerpt(resultOf(output))
		require.LessOrEqual(t, len(got), job.EvidenceLines)
		require.Equal(t, strings.TrimSpace(output) == "", got == nil)
	})
}
