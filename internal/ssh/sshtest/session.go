package sshtest

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
)

// signalNames are those that SSH has for signals (RFC 4254, 6.10).
var signalNames = map[syscall.Signal]string{
	syscall.SIGHUP: "HUP", syscall.SIGINT: "INT", syscall.SIGQUIT: "QUIT", syscall.SIGILL: "ILL", syscall.SIGABRT: "ABRT",
	syscall.SIGFPE: "FPE", syscall.SIGKILL: "KILL", syscall.SIGUSR1: "USR1", syscall.SIGSEGV: "SEGV", syscall.SIGUSR2: "USR2",
	syscall.SIGPIPE: "PIPE", syscall.SIGALRM: "ALRM", syscall.SIGTERM: "TERM",
}

const waitDelay = 10 * time.Second

// session serves one session until its command has ended, and says so before the
// client can know.
func (s *Server) session(offer ssh.NewChannel, ended func()) {
	defer ended()
	channel, requests, err := offer.Accept()
	if err != nil {
		return
	}
	defer channel.Close()
	var running sync.WaitGroup
	var pid int
	for r := range requests {
		switch {
		case r.Type == "exec" && pid == 0:
			var m struct{ Line string }
			if err := ssh.Unmarshal(r.Payload, &m); err != nil {
				_ = r.Reply(false, nil)
				continue
			}
			wait, err := s.start(channel, m.Line, &pid, ended)
			_ = r.Reply(err == nil, nil)
			if err != nil {
				return
			}
			running.Go(wait)
		case r.Type == "signal" && pid != 0:
			var m struct{ Signal string }
			if ssh.Unmarshal(r.Payload, &m) == nil {
				for number, name := range signalNames {
					if name == m.Signal {
						s.kill(pid, number)
					}
				}
			}
		case r.WantReply:
			_ = r.Reply(false, nil)
		}
	}
	running.Wait()
}

// start begins the command, in a process group of its own, and returns what waits
// for its end and tells how it ended.
func (s *Server) start(channel ssh.Channel, line string, pid *int, ended func()) (wait func(), err error) {
	cmd := exec.Command("sh", "-c", line)
	cmd.Env = append(os.Environ(), s.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// Like sshd, wait for what the command left in the background to let go of its
	// output; but not for ever, so that a test ends.
	cmd.WaitDelay = waitDelay
	cmd.Stdout, cmd.Stderr = channel, channel.Stderr()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.groups == nil {
		return nil, errors.New("the server is closed")
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	*pid = cmd.Process.Pid
	s.groups[cmd.Process.Pid] = true
	s.wg.Go(func() {
		_, _ = io.Copy(stdin, channel)
		_ = stdin.Close()
	})
	return func() {
		// The error is in the state.
		_ = cmd.Wait()
		s.mu.Lock()
		delete(s.groups, cmd.Process.Pid)
		s.mu.Unlock()
		_ = channel.CloseWrite()
		status := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if status.Signaled() {
			name, ok := signalNames[status.Signal()]
			if !ok {
				name = "SIG@openssh.com"
			}
			_, _ = channel.SendRequest("exit-signal", false, ssh.Marshal(struct {
				Signal   string
				Dumped   bool
				Message  string
				Language string
			}{Signal: name}))
		} else {
			_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(status.ExitStatus())}))
		}
		ended()
		_ = channel.Close()
	}, nil
}

// kill signals a command's process group, if it is still there.
func (s *Server) kill(group int, signal syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.groups[group] {
		_ = syscall.Kill(-group, signal)
	}
}
