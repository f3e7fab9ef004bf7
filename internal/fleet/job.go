package fleet

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// job is a simulated job: its output, and how it ends. It goes on while nobody
// follows it, as a real one does.
type job struct {
	machine *machine
	began   time.Time
	// stop is closed when somebody ends it, ended when it has.
	stop     chan struct{}
	stopOnce sync.Once
	ended    chan struct{}

	mu     sync.Mutex
	output bytes.Buffer
	// The rest is known when it has ended.
	code    int
	seconds float64
	outputs []byte
	report  []byte
}

// deed is what a job does: how long it takes, and what comes of it.
type deed struct {
	takes           time.Duration
	code            int
	first, last     string
	outputs, report []byte
	// signal is what the node signals at the end; empty means nothing.
	signal string
	// then is done where the job ended by itself.
	then func()
}

const exitStopped = 143

// followJob is job.Dir.Run's: it starts a job, unless it was ever started, and
// follows it to its end.
func (m *machine) followJob(ctx context.Context, args []string, t *terminal) int {
	if len(args) != 8 {
		return 70
	}
	key, nonce, sent := args[0]+"/"+args[1], args[3], args[4]
	var limits [3]int
	for i := range limits {
		limits[i], _ = strconv.Atoi(args[5+i])
	}
	files, err := unpack(t, sent == "yes")
	if err != nil {
		fmt.Fprintln(t.Stderr(), "the files of the job did not arrive as a whole")
		return 70
	}
	j, found := m.theJob(key, files, sent == "yes") //nolint:contextcheck // a job outlives who begins it
	if j == nil {
		fmt.Fprintf(t, "aiolos-%s 0 0\n\x00aiolos-%s absent 0 0 0 0 0 0 0 0 0 -\n", nonce, nonce)
		return 0
	}
	from := 0
	if found {
		from = max(0, len(j.said(0))-limits[1])
	}
	fmt.Fprintf(t, "aiolos-%s %d %d\n", nonce, map[bool]int{true: 1}[found], from)
	text := j.said(from)
	_, _ = t.Write(text)
	if _, hit := m.fleet.fault(FaultConnection, m.name); hit {
		t.drop()
		return 255
	}
	select {
	case <-j.ended:
	case <-ctx.Done():
		return 255
	}
	_, _ = t.Write(j.said(from + len(text)))
	j.summary(t, nonce, limits)
	return 0
}

// theJob returns a job, and whether it was there already. Without files, one that
// was not is nil.
func (m *machine) theJob(key string, files map[string][]byte, sent bool) (j *job, found bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if j, found := m.jobs[key]; found {
		return j, true
	}
	if !sent {
		return nil, false
	}
	j = newJob(m)
	m.jobs[key] = j
	m.fleet.jobs.Add(1)
	m.fleet.wg.Go(func() { j.run(files) })
	return j, false
}

func newJob(m *machine) *job {
	return &job{machine: m, began: time.Now(), stop: make(chan struct{}), ended: make(chan struct{})}
}

// unpack reads the tar of a job's directory: its files by their paths in it.
func unpack(r io.Reader, sent bool) (map[string][]byte, error) {
	files := map[string][]byte{}
	if !sent {
		return files, nil
	}
	for archive := tar.NewReader(r); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			if files["complete"] == nil {
				return nil, io.ErrUnexpectedEOF
			}
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			return nil, err
		}
		_, in, _ := strings.Cut(h.Name, "/")
		files[in] = content
	}
}

// run takes the job's time, in its turn.
func (j *job) run(files map[string][]byte) {
	defer close(j.ended)
	m := j.machine
	if name := strings.TrimSpace(string(files["exclusive"])); name != "" {
		turn := m.turn(name)
		select {
		case turn <- struct{}{}:
			defer func() { <-turn }()
		case <-j.stop:
			j.end(exitStopped, 0)
			return
		case <-m.ctx.Done():
			return
		}
	}
	began := time.Now()
	d := m.deed(files)
	j.say(d.first)
	timer := time.NewTimer(d.takes)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-j.stop:
		j.end(exitStopped, time.Since(began))
		return
	case <-m.ctx.Done():
		return
	}
	if d.signal != "" && d.code == 0 {
		m.signal(d.signal, "true")
	}
	if d.then != nil {
		d.then()
	}
	j.say(d.last)
	j.mu.Lock()
	j.outputs, j.report = d.outputs, d.report
	j.mu.Unlock()
	j.end(d.code, time.Since(began))
}

// turn is what jobs of one name take turns for.
func (m *machine) turn(name string) chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.turns[name] == nil {
		m.turns[name] = make(chan struct{}, 1)
	}
	return m.turns[name]
}

func (j *job) say(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if line != "" {
		j.output.WriteString(line + "\n")
	}
}

// said is the output so far from an offset on.
func (j *job) said(from int) []byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	return bytes.Clone(j.output.Bytes()[from:])
}

func (j *job) end(code int, took time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.code, j.seconds = code, took.Seconds()
}

// summary ends what a follower reads.
func (j *job) summary(w io.Writer, nonce string, limits [3]int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	text := j.output.Bytes()
	first := min(len(text), limits[0])
	rest := min(len(text)-first, limits[1])
	outputs := j.outputs[:min(len(j.outputs), limits[2])]
	fmt.Fprintf(w, "\x00aiolos-%s ended %d 0 %.2f %d %d %d %d 0 0 -\n", nonce, j.code, j.seconds, len(text), first, rest, len(outputs))
	_, _ = w.Write(text[:first])
	_, _ = w.Write(text[len(text)-rest:])
	_, _ = w.Write(outputs)
}

// stopJob is job.Dir.Stop's. A job that was never started never will be.
func (m *machine) stopJob(ctx context.Context, args []string, _ *terminal) int {
	key := args[0] + "/" + args[1]
	m.mu.Lock()
	j := m.jobs[key]
	if j == nil {
		j = newJob(m)
		j.code = exitStopped
		close(j.ended)
		m.jobs[key] = j
	}
	m.mu.Unlock()
	j.stopOnce.Do(func() { close(j.stop) })
	select {
	case <-j.ended:
	case <-ctx.Done():
	}
	return 0
}

// discardJob is job.Dir.Discard's last part.
func (m *machine) discardJob(_ context.Context, args []string, _ *terminal) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.jobs, args[0]+"/"+args[1])
	return 0
}

// readJobFile is job.Dir.ReadFile's. The only file is Puppet's report.
func (m *machine) readJobFile(_ context.Context, args []string, t *terminal) int {
	m.mu.Lock()
	j := m.jobs[args[0]+"/"+args[1]]
	m.mu.Unlock()
	if j == nil || args[2] != "report" {
		return 3
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.report == nil {
		return 3
	}
	_, _ = t.Write(j.report)
	return 0
}

// environment reads what job.Spec.Env became.
func environment(text []byte) map[string]string {
	env := map[string]string{}
	for part := range strings.SplitSeq(string(text), "\nexport ") {
		name, value, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(part, "export "), "\n"), "=")
		if words, ok := unquote(value); ok && len(words) == 1 {
			env[name] = words[0]
		}
	}
	return env
}

// deed says what a job does.
func (m *machine) deed(files map[string][]byte) deed {
	env := environment(files["env"])
	if _, puppet := env["AIOLOS_PUPPET_MODULE"]; puppet {
		return m.puppet(env)
	}
	return m.script(files)
}

// output is a line of a script that writes an output.
var output = regexp.MustCompile(`^\s*(?:echo|printf)\s+["']?([A-Za-z_]\w*)=(.*?)["']?\s*>>?\s*"?\$\{?AIOLOS_OUTPUT\}?"?\s*$`)

// guardSkipped is the exit code of a script that its guards say is not needed.
const guardSkipped = 199

// script simulates a script: it takes a time, and leaves the outputs that the
// script's lines echo to $AIOLOS_OUTPUT. What those lines compute stays "simulated".
// One with a guard is not needed again once it has run.
func (m *machine) script(files map[string][]byte) deed {
	text := string(files["files/.aiolos/script"])
	guarded := files["files/.aiolos/unless"] != nil || files["files/.aiolos/creates"] != nil
	m.mu.Lock()
	ran := m.ran[text]
	m.mu.Unlock()
	if guarded && ran {
		return deed{takes: 0, code: guardSkipped}
	}
	d := deed{takes: m.draw(timeScript), first: "simulated: no command was run"}
	if _, hit := m.fleet.fault(FaultScript, m.name); hit {
		d.code, d.last = 1, errSimulated.Error()
		return d
	}
	for line := range strings.Lines(text) {
		if found := output.FindStringSubmatch(strings.TrimRight(line, "\n")); found != nil {
			value := found[2]
			if strings.ContainsAny(value, "$`") {
				value = "simulated"
			}
			d.outputs = fmt.Appendf(d.outputs, "%s=%s\n", found[1], value)
		}
	}
	d.then = func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.ran[text] = true
	}
	return d
}
