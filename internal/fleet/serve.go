package fleet

import (
	"context"
	"errors"
	"net"
	"time"

	"golang.org/x/crypto/ssh"
)

func (m *machine) serverConfig() *ssh.ServerConfig {
	config := &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if m.told.lets[string(key.Marshal())] {
				return nil, nil //nolint:nilnil // no restriction
			}
			return nil, errors.New("not a key that the machine was launched with")
		},
		ServerVersion: "SSH-2.0-AiolosSimulation",
	}
	config.AddHostKey(m.told.host)
	return config
}

// serve is the machine's sshd on one connection.
func (m *machine) serve(raw net.Conn) {
	defer raw.Close()
	ended := context.AfterFunc(m.ctx, func() { _ = raw.Close() })
	defer ended()
	_ = raw.SetDeadline(time.Now().Add(handshakeTimeout))
	conn, channels, requests, err := ssh.NewServerConn(raw, m.server)
	if err != nil {
		return
	}
	_ = raw.SetDeadline(time.Time{})
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		if offered.ChannelType() != "session" {
			_ = offered.Reject(ssh.UnknownChannelType, "the simulation has sessions only")
			continue
		}
		channel, requests, err := offered.Accept()
		if err != nil {
			break
		}
		m.fleet.wg.Go(func() { m.session(conn, channel, requests) })
	}
	_ = conn.Close()
}

// session runs one command.
func (m *machine) session(conn ssh.Conn, channel ssh.Channel, requests <-chan *ssh.Request) {
	defer channel.Close()
	ctx, cancel := context.WithCancel(m.ctx)
	defer cancel()
	begun := false
	for request := range requests {
		var exec struct{ Line string }
		if request.Type != "exec" || begun || ssh.Unmarshal(request.Payload, &exec) != nil {
			_ = request.Reply(request.Type == "env", nil)
			continue
		}
		begun = true
		_ = request.Reply(true, nil)
		m.fleet.commands.Add(1)
		m.fleet.wg.Go(func() {
			exit := m.run(ctx, exec.Line, &terminal{Channel: channel, drop: func() { _ = conn.Close() }})
			if ctx.Err() == nil {
				_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Exit uint32 }{uint32(exit)})) //nolint:gosec // below 256
			}
			_ = channel.Close()
		})
	}
}

// terminal is what a command reads from and writes to.
type terminal struct {
	ssh.Channel
	// drop breaks the connection.
	drop func()
}
