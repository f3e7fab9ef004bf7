package nodeimage

import (
	"strings"
	"testing"
)

// Whatever the engine sends, it is read to its end or refused, and no more than
// the last lines of it are kept.
func FuzzFollow(f *testing.F) {
	f.Add(`{"stream":"Step 1/9 : FROM x\n"}{"stream":"\u001b[91mline\n"}`)
	f.Add(`{"errorDetail":{"message":"no"}}`)
	f.Add(`{"stream":"a\nb\nc"} nonsense`)
	f.Add(``)
	f.Fuzz(func(t *testing.T, stream string) {
		log, _ := follow(strings.NewReader(stream), func(string) {})
		if len(log) > kept {
			t.Fatalf("%d lines kept", len(log))
		}
	})
}
