package ssh

import (
	"errors"
	"time"

	"aiolos/internal/remote"
)

const (
	// sudoPatience is how long sudo may take to begin a command or to ask for the
	// password: PAM, LDAP and DNS take their time, but one that asks something else
	// would wait for ever.
	sudoPatience = 60 * time.Second
	// maxSaid is how much of what sudo says is kept, in bytes.
	maxSaid = 16 << 10
)

// Why sudo did not run a command.
var (
	errWrongPassword = errors.New("the password is wrong")
	errSilent        = errors.New("it neither began the command nor asked for the password in time")
	errNotBegun      = errors.New("it ended without beginning the command")
)

// sudoScript says on standard error that sudo has done its part, and becomes the
// command. What comes before its mark is sudo's; an exit code without it, too.
const sudoScript = `printf '%s-%s:' "$1" "$2" >&2; shift 2; exec "$@"`

// sudoLine is the command line that has sudo run the command. The password is never
// part of it: sudo prints the prompt where the marks are looked for, and is answered
// on standard input. The two options -n and -S exclude each other in effect: without
// a password, sudo must not read from the command's input.
func sudoLine(c remote.Command, s Sudo, m marks) string {
	options := []string{"-n"}
	if !s.Password.empty() {
		options = []string{"-S", "-p", promptWord + "%%" + m.random + ":"}
	}
	options = append(options, "-H", "-u", "root", "--", "sh", "-c", sudoScript, "sh", begunWord, m.random)
	return "exec sudo " + remote.Quote(append(append(options, "sh", "-c", c.Script, "sh"), c.Args...)...)
}

// marks are texts that stand for what sudo does. They are random, so that neither a
// lecture nor a message can hold them by chance. Nor do they stand on the command
// line as they are printed: sudo repeats there what it does not allow. In a prompt,
// sudo writes % for %%.
type marks struct{ random, prompt, begun string }

const (
	promptWord = "aiolos-asks-"
	begunWord  = "aiolos-begins"
)

func newMarks(random string) marks {
	return marks{random: random, prompt: promptWord + "%" + random + ":", begun: begunWord + "-" + random + ":"}
}
