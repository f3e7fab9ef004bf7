package deploy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"aiolos/deploy"
)

func TestIsSealed(t *testing.T) {
	for text, want := range map[string]bool{
		"<sealed:AQID_-z>":            true,
		"":                            false,
		"<sealed:>":                   false,
		"<sealed:AQ=>":                false,
		"<sealed:AQ\n>":               false,
		"<sealed:AQ>\n":               false,
		"x<sealed:AQ>":                false,
		"<sealed:AQ><sealed:AQ>":      false,
		"<Sealed:AQ>":                 false,
		"<sealed:<sealed:AQ>":         false,
		deploy.Sealed("x"):            true,
		"postgres://u:<sealed:AQ>@db": false,
	} {
		require.Equal(t, want, deploy.IsSealed(text), "%q", text)
	}
	body, ok := deploy.SealedBody(deploy.Sealed("AQ-_"))
	require.True(t, ok)
	require.Equal(t, "AQ-_", body)
}

func TestReplaceSealed(t *testing.T) {
	var seen []string
	open := func(s string) (string, error) {
		seen = append(seen, s)
		// What looks sealed and came out of a value is that value, no more.
		return "<sealed:" + strings.Repeat("x", len(seen)) + ">", nil
	}
	got, err := deploy.ReplaceSealed("a<sealed:AQ>b<sealed:<sealed:_->$1", open)
	require.NoError(t, err)
	require.Equal(t, "a<sealed:x>b<sealed:<sealed:xx>$1", got)
	require.Equal(t, []string{"<sealed:AQ>", "<sealed:_->"}, seen)

	broken := errors.New("broken")
	got, err = deploy.ReplaceSealed("a<sealed:AQ>", func(string) (string, error) { return "x", broken })
	require.ErrorIs(t, err, broken)
	require.Empty(t, got)
}

func TestHideSealed(t *testing.T) {
	require.Equal(t, "u:(sensitive)@db", deploy.HideSealed("u:<sealed:AQ>@db"))
	require.False(t, deploy.HasSealed("u:(sensitive)@db"))
	require.True(t, deploy.HasSealed("u:<sealed:AQ>@db"))
}

// Sealed values are found again wherever they were put between other text.
func TestSealedIsFoundInAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		between := rapid.SliceOfN(rapid.StringMatching(`[a-z<>:\n\x00-]{0,8}|<sealed:|<sealed`), 1, 8).Draw(t, "between")
		bodies := rapid.SliceOfN(rapid.StringMatching(`[A-Za-z0-9_-]{1,80}`), len(between)-1, len(between)-1).Draw(t, "bodies")
		var text, hidden strings.Builder
		for i, b := range between {
			text.WriteString(b)
			hidden.WriteString(b)
			if i < len(bodies) {
				text.WriteString(deploy.Sealed(bodies[i]))
				hidden.WriteString(deploy.Hidden)
			}
		}
		if deploy.HasSealed(strings.Join(between, "|")) || strings.Contains(strings.Join(between, "\x00"), "<sealed:\x00") {
			t.Skip("what stands between may be the beginning of another")
		}
		require.Equal(t, hidden.String(), deploy.HideSealed(text.String()))
	})
}

func FuzzReplaceSealed(f *testing.F) {
	f.Add("a<sealed:AQ>b")
	f.Add("<sealed:<sealed:AQ>><sealed:")
	f.Fuzz(func(t *testing.T, text string) {
		same, err := deploy.ReplaceSealed(text, func(s string) (string, error) {
			if !deploy.IsSealed(s) {
				t.Fatalf("%q", s)
			}
			return s, nil
		})
		if err != nil || same != text {
			t.Fatalf("%q %v", same, err)
		}
		if deploy.HasSealed(text) == (deploy.HideSealed(text) == text) {
			t.Fatalf("%q", text)
		}
	})
}
