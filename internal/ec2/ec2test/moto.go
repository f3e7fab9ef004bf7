// Package ec2test is an EC2 for tests and the lab: moto, a simulator of the AWS APIs, behind
// a proxy that adds what moto lacks (client tokens, placement groups), fails as
// AWS fails, and counts calls.
package ec2test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"
)

// Moto is a moto server of one's own. It serves many accounts, which know
// nothing of each other.
type Moto struct {
	// URL is where it listens.
	URL      string
	cmd      *exec.Cmd
	output   bytes.Buffer
	ended    chan struct{}
	accounts atomic.Int64
	images   sync.Once
	image    string
}

// patience is how long moto may take to start.
const patience = time.Minute

// StartMoto starts a server on a free port of the loopback interface: the
// program moto_server, or else the Python module moto.server.
func StartMoto(ctx context.Context) (*Moto, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	port := fmt.Sprint(listener.Addr().(*net.TCPAddr).Port)
	if err := listener.Close(); err != nil {
		return nil, err
	}
	command := []string{"moto_server"}
	if _, err := exec.LookPath(command[0]); err != nil {
		command = []string{"python3", "-m", "moto.server"}
	}
	m := &Moto{URL: "http://127.0.0.1:" + port, ended: make(chan struct{})}
	// It has to outlive the context, which bounds the start only.
	m.cmd = exec.CommandContext(context.WithoutCancel(ctx), command[0], append(command[1:], "-H", "127.0.0.1", "-p", port)...)
	m.cmd.Stdout, m.cmd.Stderr = &m.output, &m.output
	if err := m.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start moto, a Python package that these tests need (pip install 'moto[server]'): %w", err)
	}
	go func() {
		_ = m.cmd.Wait()
		close(m.ended)
	}()
	if err := m.await(ctx); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// await returns once the server answers.
func (m *Moto) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, m.URL+"/moto-api/data.json", nil)
		if err != nil {
			return err
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			return response.Body.Close()
		}
		select {
		case <-m.ended:
			return fmt.Errorf("moto ended: %s", m.output.String())
		case <-ctx.Done():
			return fmt.Errorf("moto does not answer: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Close ends the server.
func (m *Moto) Close() {
	_ = m.cmd.Process.Kill()
	<-m.ended
}

// account is a number of an account that nobody has used yet.
func (m *Moto) account() string { return fmt.Sprintf("%012d", 100000000000+m.accounts.Add(1)) }
