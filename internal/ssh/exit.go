package ssh

import (
	"golang.org/x/crypto/ssh"
)

// signals are those that SSH has names for (RFC 4254, 6.10), with their numbers
// on Linux. sshd gives others names of its own.
var signals = map[string]int{
	"HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "ABRT": 6, "FPE": 8, "KILL": 9,
	"USR1": 10, "SEGV": 11, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15,
}

// exitOf reads what sshd says of a session until it is closed. The exit code is
// 128+n for a command that was killed by signal n, and 128 if the signal has no
// name in SSH.
func exitOf(requests <-chan *ssh.Request) (exit int, known bool) {
	for r := range requests {
		switch r.Type {
		case "exit-status":
			var m struct{ Status uint32 }
			if ssh.Unmarshal(r.Payload, &m) == nil {
				exit, known = int(m.Status), true
			}
		case "exit-signal":
			var m struct {
				Signal   string
				Dumped   bool
				Message  string
				Language string
			}
			if ssh.Unmarshal(r.Payload, &m) == nil {
				exit, known = 128+signals[m.Signal], true
			}
		}
		if r.WantReply {
			_ = r.Reply(false, nil)
		}
	}
	return exit, known
}
