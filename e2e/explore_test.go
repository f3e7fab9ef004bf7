package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

func TestExplore(t *testing.T) {
	if os.Getenv("EXPLORE") == "" {
		t.Skip("left out")
	}
	b := openBrowser(t)
	for i, u := range strings.Split(os.Getenv("EXPLORE"), "\n") {
		switch {
		case strings.HasPrefix(u, "http"):
			b.open(u)
		case strings.HasPrefix(u, "click "):
			b.clicks(u[6:])
		case strings.HasPrefix(u, "js "):
			got, err := evaluate[string](b, u[3:])
			fmt.Println(got, err)
			continue
		}
		time.Sleep(4 * time.Second)
		b.picture(fmt.Sprintf("/tmp/codec/x%d.png", i))
	}
	fmt.Println(b.text())
}
