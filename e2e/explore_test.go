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
	for i, u := range strings.Fields(os.Getenv("EXPLORE")) {
		b.open(u)
		time.Sleep(6 * time.Second)
		b.picture(fmt.Sprintf("/tmp/codec/x%d.png", i))
		fmt.Println(b.text())
	}
}
