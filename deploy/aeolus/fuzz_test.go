package aeolus_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"aiolos/deploy/aeolus"
)

// FuzzRead: no text makes reading or translating panic or hang, every refusal
// says something and where, and what is accepted gives the same YAML twice.
func FuzzRead(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.xml", "testdata/broken/*.xml"} {
		files, err := filepath.Glob(pattern)
		require.NoError(f, err)
		require.NotEmpty(f, files)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(f, err)
			f.Add(text)
		}
	}
	// Small ones: what matters to the search is their shape, and copying large
	// ones would be all that it does.
	for _, seed := range bombs(20_000) {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		written, err := aeolus.Translate(text)
		if err != nil {
			told(t, err)
			return
		}
		again, err := aeolus.Translate(text)
		require.NoError(t, err)
		require.Equal(t, string(written), string(again))
		var value map[string]any
		require.NoError(t, yaml.Unmarshal(written, &value))
	})
}

// bombs are texts of about as many bytes that would become large, or take long,
// if they were read carelessly.
func bombs(most int) map[string]string {
	entities := `<!DOCTYPE deployable [<!ENTITY a0 "aaaaaaaaaa">`
	for i := range 30 {
		was, is := strings.Repeat("&a"+string(rune('0'+i))+";", 10), "a"+string(rune('1'+i))
		entities += `<!ENTITY ` + is + ` "` + was + `">`
	}
	services := `<services>` + repeat(`<service name="s%d">`+executable+`</service>`, most/67) + `</services>`
	return map[string]string{
		"entities":          entities + `]><deployable name="&aN;"/>`,
		"external entity":   `<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><deployable name="&x;"/>`,
		"open declaration":  `<!DOCTYPE ` + strings.Repeat("<", most),
		"references":        `<deployable name="` + strings.Repeat("&#120;", most/6) + `"/>`,
		"nesting":           strings.Repeat("<a>", most/3),
		"nested assemblies": `<deployable name="x">` + strings.Repeat("<assemblies>", most/12),
		"attributes":        `<deployable ` + repeat(`a%d="" `, most/13) + `/>`,
		"one attribute":     `<deployable ` + strings.Repeat(`name="" `, most/8) + `/>`,
		"long attribute":    `<deployable name="` + strings.Repeat("x", most) + `"/>`,
		"long name":         `<` + strings.Repeat("x", most) + `/>`,
		"elements":          `<deployable name="x">` + strings.Repeat("<a/>", most/4),
		"namespaces":        `<a ` + repeat(`xmlns:a%d="b" `, most/18) + `/>`,
		"comments":          strings.Repeat("<!---->", most/7),
		"instructions":      strings.Repeat("<?a?>", most/5),
		"cdata":             `<deployable name="x"><description>` + strings.Repeat("<![CDATA[]]>", most/12),
		"line breaks":       strings.Repeat("\n", most) + "<x",
		"assemblies":        deployable(repeat(`<assembly name="a%d" hwp="h"><image id="i"/></assembly>`, most/62)),
		"services":          deployable(assembly(services)),
		"returns":           deployable(assembly(`<returns>` + repeat(`<return name="r%d"/>`, min(most/24, 19_000)) + `</returns>`)),
		"misspelled": deployable(assembly(`<services><service name="s">` + executable + `<parameters>` +
			repeat(`<parameter name="p%d"><reference assembly="a" parameter="`+strings.Repeat("x", 64)+`"/></parameter>`, most/220) + `</parameters></service></services>` +
			`<returns>` + repeat(`<return name="`+strings.Repeat("y", 60)+`%d"/>`, most/220) + `</returns>`)),
		"control characters": deployable(assembly(`<services><service name="s"><executable><contents>` + strings.Repeat("\x7f", most) + `</contents></executable></service></services>`)),
	}
}

// TestBombs: none of them allocates much, even if nothing of it were freed.
func TestBombs(t *testing.T) {
	for name, text := range bombs(500_000) {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			written, err := aeolus.Translate([]byte(text))
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if err != nil {
				told(t, err)
			}
			t.Logf("%d bytes in %s, %d kB allocated, %d bytes written", len(text), took, (after.TotalAlloc-before.TotalAlloc)>>10, len(written))
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(150<<20))
			require.Less(t, took, 10*time.Second) // a hang; it takes a moment
		})
	}
}
