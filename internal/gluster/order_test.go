package gluster

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// someBricks draws bricks of few hosts, so that sets are hard to fill.
func someBricks(t *rapid.T, label, dir string) []Brick {
	var out []Brick
	for h, n := range rapid.SliceOfN(rapid.IntRange(0, 5), 1, 7).Draw(t, label) {
		for i := range n {
			out = append(out, Brick{fmt.Sprintf("h%d", h), fmt.Sprintf("/%s/%d", dir, i)})
		}
	}
	return rapid.Permutation(out).Draw(t, label+" order")
}

func most(bricks []Brick) int {
	n, top := map[string]int{}, 0
	for _, b := range bricks {
		n[b.Host]++
		top = max(top, n[b.Host])
	}
	return top
}

func sorted(bricks []Brick) []string {
	out := names(bricks)
	slices.Sort(out)
	return out
}

func TestOrderProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bricks := someBricks(t, "bricks", "d")
		size := rapid.IntRange(1, 6).Draw(t, "size")
		got, err := Order(bricks, size)
		possible := len(bricks)%size == 0 && most(bricks) <= len(bricks)/size
		require.Equal(t, possible, err == nil, "%v", err)
		if err != nil {
			var failed *OrderError
			require.ErrorAs(t, err, &failed)
			return
		}
		require.Equal(t, sorted(bricks), sorted(got), "a permutation")
		_, bad := crowded(got, size)
		require.False(t, bad)
		again, err := Order(got, size)
		require.NoError(t, err)
		require.Equal(t, got, again, "what is in order stays")
	})
}

func TestExpandProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 5).Draw(t, "size")
		existing, err := Order(someBricks(t, "existing", "old"), size)
		if err != nil {
			t.Skip("no such volume")
		}
		added := someBricks(t, "added", "new")
		got, err := Expand(existing, added, size)
		require.Equal(t, len(added)%size == 0 && most(added) <= len(added)/size, err == nil, "%v", err)
		if err != nil {
			return
		}
		require.Equal(t, names(existing), names(got[:len(existing)]), "the existing prefix")
		require.Equal(t, sorted(added), sorted(got[len(existing):]))
		_, bad := crowded(got, size)
		require.False(t, bad)
	})
}

func TestOrder(t *testing.T) {
	bricks := func(s string) []Brick {
		var out []Brick
		for w := range strings.FieldsSeq(s) {
			b, err := ParseBrick(w)
			require.NoError(t, err)
			out = append(out, b)
		}
		return out
	}
	got, err := Order(bricks("a:/1 a:/2 b:/1 b:/2 c:/1 c:/2"), 3)
	require.NoError(t, err)
	require.Equal(t, []string{"a:/1", "b:/1", "c:/1", "a:/2", "b:/2", "c:/2"}, names(got))

	for _, c := range []struct {
		in   string
		size int
		want string
	}{
		{"a:/1 a:/2 b:/1", 3, "3 bricks cannot be put into sets of 3: a has 2 of them, and may have one in each of the 1 sets"},
		{"a:/1 b:/1", 3, "2 bricks cannot be put into sets of 3: 2 is no multiple of 3"},
		{"a:/1 a:/1", 1, "2 bricks cannot be put into sets of 1: a:/1 is there twice"},
		{"a:/1", 0, "1 bricks cannot be put into sets of 0: a set has at least one brick"},
	} {
		_, err := Order(bricks(c.in), c.size)
		require.EqualError(t, err, c.want)
	}
	_, err = Expand(bricks("a:/1 b:/1"), bricks("b:/1 a:/2"), 2)
	require.ErrorContains(t, err, "b:/1 is there twice")
	_, err = Expand(bricks("a:/1"), bricks("b:/1 a:/2"), 2)
	require.ErrorContains(t, err, "no multiple of 2")
	for _, size := range []int{0, -1} {
		_, err = Expand(bricks("a:/1"), nil, size)
		require.Error(t, err)
	}
}
