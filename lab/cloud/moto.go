package cloud

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
)

// Key and Secret are credentials that moto takes, which takes any.
const (
	Key    = "testing"
	Secret = "testing"
)

// Moto is a moto server that outlives this process: it has all that it knows in its
// memory, and machines that nobody reported any more would go.
type Moto struct {
	// PIDFile has its process ID and its port on loopback; Log is a path, too.
	PIDFile, Log string
	port         int
}

// motoPatience is how long moto may take to answer.
const motoPatience = time.Minute

// URL is where it answers, once it was started.
func (m *Moto) URL() string {
	return "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(m.port))
}

// Client returns a client of its EC2.
func (m *Moto) Client() *ec2.Client {
	return ec2.New(ec2.Options{
		Region: Region, BaseEndpoint: aws.String(m.URL()),
		Credentials: credentials.NewStaticCredentialsProvider(Key, Secret, ""),
	})
}

// Start starts it unless it runs, and returns once it answers.
func (m *Moto) Start(ctx context.Context) error {
	pid, err := m.running()
	if err != nil {
		return err
	}
	if pid == 0 {
		if err := m.launch(ctx); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, motoPatience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, m.URL()+"/moto-api/data.json", nil)
		if err != nil {
			return err
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			return response.Body.Close()
		}
		if pid, err := m.running(); err != nil || pid == 0 {
			return fmt.Errorf("moto ended at once; see %s: %w", m.Log, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("moto does not answer at %s; see %s", m.URL(), m.Log)
		case <-tick.C:
		}
	}
}

// launch starts it as a session of its own, so that it does not end with this one.
func (m *Moto) launch(ctx context.Context) error {
	command := []string{"moto_server"}
	if _, err := exec.LookPath(command[0]); err != nil {
		command = []string{"python3", "-m", "moto.server"}
	}
	free, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	m.port = free.Addr().(*net.TCPAddr).Port
	if err := free.Close(); err != nil {
		return err
	}
	log, err := os.OpenFile(m.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(command[0], append(command[1:], "-H", "127.0.0.1", "-p", strconv.Itoa(m.port))...) //nolint:noctx,gosec // it shall outlive whoever starts it; all words are ours
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start moto, a Python package that stands in for AWS (pip install 'moto[server]'): %w", err)
	}
	// Should it end before us, it is not to stay as a zombie that looks like running.
	go func() { _ = cmd.Wait() }()
	return os.WriteFile(m.PIDFile, fmt.Appendf(nil, "%d %d\n", cmd.Process.Pid, m.port), 0o600)
}

// running is its process ID; 0 if it does not run. Another process may have the
// number by now, so it is told by its command line.
func (m *Moto) running() (int, error) {
	text, err := os.ReadFile(m.PIDFile)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	pid := 0
	if _, err := fmt.Sscanf(string(text), "%d %d", &pid, &m.port); err != nil {
		return 0, fmt.Errorf("%s: %w", m.PIDFile, err)
	}
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || !strings.Contains(string(line), "moto") {
		return 0, nil //nolint:nilerr // there is no such process
	}
	return pid, nil
}

// Stop ends it, if it runs.
func (m *Moto) Stop() error {
	pid, err := m.running()
	if err != nil || pid == 0 {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("end moto (process %d): %w", pid, err)
	}
	return nil
}
