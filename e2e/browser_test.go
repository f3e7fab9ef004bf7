package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// patience is how long a page may take to show what it has to, on a busy machine.
const patience = 60 * time.Second

// browser is Chromium, with a window of its own.
type browser struct {
	testing.TB
	ctx context.Context
}

// openBrowser starts Chromium without a window on any screen, for the length of
// a test. It must be there: what a person sees is no detail.
func openBrowser(t testing.TB) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	require.NoError(t, err, "the tests of the UI need Chromium: apt-get install chromium")
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
	)
	allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, closeWindow := chromedp.NewContext(allocated)
	t.Cleanup(closeWindow)
	b := &browser{t, ctx}
	// Without a limit of time: the browser would end with it.
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1400, 1300)))
	return b
}

// do carries out actions, or fails the test with a picture of what was there.
func (b *browser) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.lost(what, err)
	}
}

// lost ends the test, and leaves a picture of the page.
func (b *browser) lost(what string, err error) {
	b.Helper()
	file := filepath.Join(os.TempDir(), "aiolos-browser-failed.png")
	b.picture(file)
	b.Fatalf("%s: %v; the page is in %s, and reads:\n%s", what, err, file, b.text())
}

// open opens a page, and loads it anew where it stays white, as a person would: a
// UI that is left while it still loads may do so.
func (b *browser) open(url string) {
	b.Helper()
	for range 4 {
		b.do("open "+url, chromedp.Navigate(url))
		for deadline := time.Now().Add(patience / 4); time.Now().Before(deadline); {
			if shown, err := evaluate[bool](b, `document.body?.innerText.includes("Workflows") ?? false`); err == nil && shown {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	b.lost("open "+url, errors.New("the page stays white"))
}

// evaluate returns what a JavaScript expression comes to on the page.
func evaluate[T any](b *browser, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression))
}

// shownText is, in JavaScript, all that the page shows as text: in its prose, in
// the frames that Markdown is shown in, and in its fields.
const shownText = `[document.body.innerText, ...[...document.querySelectorAll("iframe")].map(e => e.contentDocument?.body?.innerText ?? ""),
	...[...document.querySelectorAll("input, textarea")].map(e => e.value)].join("\n")`

// text is all that the page shows as text, with what its fields hold.
func (b *browser) text() string {
	b.Helper()
	text, err := evaluate[string](b, shownText)
	if err != nil {
		return err.Error()
	}
	return text
}

// sees waits until the page shows all the texts.
func (b *browser) sees(texts ...string) {
	b.Helper()
	for _, text := range texts {
		b.awaits("see "+text, fmt.Sprintf("(%s).includes(%s)", shownText, quote(text)))
	}
}

// awaits waits until a condition, in JavaScript, is true. It outlives the page's
// own navigation.
func (b *browser) awaits(what, condition string) {
	b.Helper()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(patience); ; <-again.C {
		holds, err := evaluate[bool](b, condition)
		if err == nil && holds {
			return
		}
		if time.Now().After(deadline) {
			b.lost(what, errors.Join(fmt.Errorf("not within %s", patience), err))
		}
	}
}

// clicks clicks on the first visible button, link or tab of that name, beside
// which, on a line of its own, a count may stand.
func (b *browser) clicks(name string) {
	b.Helper()
	find := fmt.Sprintf(`[...document.querySelectorAll("button,a,[role=tab],[role=menuitem],[role=option],label,summary")]
		.find(e => e.checkVisibility() && !e.disabled && ((e.innerText.trim() + "\n").startsWith(%[1]s + "\n") || e.getAttribute("aria-label") === %[1]s))`, quote(name))
	b.awaits("find "+name, find+" !== undefined")
	b.do("click on "+name, chromedp.Evaluate[chromedp.Void](find+".click()"))
}

// types types into a field as a person does, after what stands there is gone.
func (b *browser) types(selector, text string) {
	b.Helper()
	b.do("type into "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible),
		chromedp.KeyEvent("a", chromedp.KeyModifiers(kb.ModifierCtrl)), chromedp.KeyEvent(kb.Backspace), chromedp.KeyEvent(text))
}

// clicksOn clicks on the element that is visible of those that a selector finds.
// The UI has some twice, for narrow windows.
func (b *browser) clicksOn(selector string) {
	b.Helper()
	b.awaits("find "+selector, visible(selector)+" !== undefined")
	b.do("click on "+selector, chromedp.Evaluate[chromedp.Void](visible(selector)+".click()"))
}

// visible is, in JavaScript, the first visible element that a selector finds.
func visible(selector string) string {
	return fmt.Sprintf("[...document.querySelectorAll(%s)].find(e => e.checkVisibility())", quote(selector))
}

// pastes puts a text into an editor, in place of what is there. Typed, its
// brackets would be completed.
func (b *browser) pastes(selector, text string) {
	b.Helper()
	b.awaits("find "+selector, visible(selector)+" !== undefined")
	b.do("paste into "+selector, chromedp.Evaluate[chromedp.Void](visible(selector)+".focus()"),
		chromedp.KeyEvent("a", chromedp.KeyModifiers(kb.ModifierCtrl)), chromedp.KeyEvent(kb.Backspace),
		chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.execCommand("insertText", false, %s)`, quote(text))))
}

// picture keeps what the window shows.
func (b *browser) picture(file string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.Errorf("picture of the page: %v", err)
		return
	}
	require.NoError(b, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(b, os.WriteFile(file, png, 0o644))
}

// quote is a text in JavaScript.
func quote(text string) string {
	quoted, _ := json.Marshal(text)
	return strings.ReplaceAll(string(quoted), "</", "<\\/")
}
