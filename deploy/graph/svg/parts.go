package svg

// Fonts exist everywhere, one or another.
const Fonts = fonts

// Width tells how wide a line of text is in Fonts, in pixels, rather too much than too
// little. Size is in pixels, too.
func Width(text string, size float64, bold bool) float64 { return measure(text, size, bold) }

// Number writes a length with one decimal at most.
func Number(x float64) string { return num(x) }

// Escaped makes text of one line that XML can carry.
func Escaped(text string) string { return escaped(text) }
