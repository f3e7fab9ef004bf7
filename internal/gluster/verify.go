package gluster

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"strconv"
	"strings"
	"time"

	"aiolos/deploy"
	"aiolos/internal/remote"
)

// VerifyResult is what Verify saw.
type VerifyResult struct {
	// Bytes is the size of the file that was written and read.
	Bytes int64
	// SizeBytes and FreeBytes are of the mounted volume, as df tells them.
	SizeBytes, FreeBytes int64
}

// VerifyError is a volume that could not be used.
type VerifyError struct {
	Volume string
	// Node is where it failed.
	Node string
	// Deed is what could not be done, for example "mount" or "write to".
	Deed string
	// Detail is what the tools said, a line each.
	Detail []string
}

func (e *VerifyError) Error() string {
	return fmt.Sprintf("cannot %s volume %s on %s: %s", e.Deed, e.Volume, e.Node, summary(e.Detail))
}

// Kind says what sort of failure it is.
func (e *VerifyError) Kind() deploy.Kind { return deploy.KindGluster }

// Evidence is all that the tools said.
func (e *VerifyError) Evidence() []string { return e.Detail }

// Temporary says that the same may succeed later: the volume's clients connect
// to its bricks one by one and lose them with the network. A file that comes back
// with other content is beyond that.
func (e *VerifyError) Temporary() bool { return e.Deed != deedCompare }

const (
	deedCompare = "compare a file on"
	fileBytes   = 1 << 20
	cleanup     = 30 * time.Second
)

//go:embed verify.sh
var verifyScript string

// Verify proves that the volume can be used: it mounts it on the writer, writes
// a file of random content under a name of its own, reads it on the reader
// through a mount there, and compares. The reader mounts meanwhile. Whatever happens, the file is removed and
// both are unmounted, by the nodes themselves where the connection is lost.
//
// Errors are *deploy.InvalidError, *VerifyError, or the runner's.
func Verify(ctx context.Context, volume string, writer, reader Member, progress func(string)) (VerifyResult, error) {
	progress = telling(progress)
	var result VerifyResult
	if !namePattern.MatchString(volume) {
		return result, &deploy.InvalidError{Problems: []deploy.Problem{{Field: "volume", Value: volume, Allowed: "the name of a volume"}}}
	}
	content := freshContent()
	sum := sha256.Sum256(content)
	file := ".aiolos-verify-" + hex.EncodeToString(sum[:16])

	progress(fmt.Sprintf("writing to volume %s on %s", volume, writer.Node))
	read := begin(ctx, volume, reader, file, writer.Hostname == reader.Hostname)
	out, err := mounted(ctx, volume, writer, file, "write", bytes.NewReader(content))
	if err == nil {
		result.SizeBytes, result.FreeBytes, err = space(out)
	}
	if err == nil {
		progress(fmt.Sprintf("reading from volume %s on %s", volume, reader.Node))
	}
	out, err = read.after(err)
	if err != nil {
		// The reader removes the file, but may not have come to that.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanup)
		defer cancel()
		_, _ = mounted(ctx, volume, writer, file, "remove", nothing)
		return VerifyResult{}, err
	}
	if got := sha256.Sum256(out); got != sum {
		return VerifyResult{}, &VerifyError{Volume: volume, Node: reader.Node, Deed: deedCompare, Detail: []string{fmt.Sprintf(
			"written on %s: %d bytes, SHA-256 %x; read: %d bytes, SHA-256 %x", writer.Node, fileBytes, sum, len(out), got)}}
	}
	result.Bytes = fileBytes
	return result, nil
}

// mounted does one deed with the volume mounted on m, and returns its output.
func mounted(ctx context.Context, volume string, m Member, file, deed string, stdin io.Reader) ([]byte, error) {
	out := &limited{left: 2 * fileBytes}
	res, err := m.Runner.Run(ctx, remote.Command{
		Script: verifyScript, Args: []string{m.Hostname, volume, file, deed}, Stdin: stdin, Stdout: out,
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %s a file on volume %s: %w", m.Node, deed, volume, err)
	}
	if res.Exit != 0 {
		failed := &VerifyError{Volume: volume, Node: m.Node, Deed: map[int]string{3: "mount", 4: "write to", 5: "read from", 6: "remove a file from", 7: "unmount"}[res.Exit]}
		if failed.Deed == "" {
			failed.Deed = deed + " a file on"
		}
		for line := range strings.Lines(string(res.Stderr)) {
			if line = strings.TrimSpace(line); line != "" {
				failed.Detail = append(failed.Detail, line)
			}
		}
		failed.Detail = failed.Detail[max(0, len(failed.Detail)-8):]
		if len(failed.Detail) == 0 {
			failed.Detail = []string{fmt.Sprintf("exit code %d without a word (124: it took more than a minute)", res.Exit)}
		}
		return nil, failed
	}
	return out.kept.Bytes(), nil
}

// freshContent is what no file held before. It is no secret, so that only its seed
// is worth the kernel's randomness.
func freshContent() []byte {
	var seed [32]byte
	_, _ = rand.Read(seed[:]) // never fails
	content := make([]byte, fileBytes)
	_, _ = mathrand.NewChaCha8(seed).Read(content) // likewise
	return content
}

// space reads block size, blocks, and blocks free for use.
func space(out []byte) (size, free int64, err error) {
	var n [3]int64
	fields := strings.Fields(string(out))
	if len(fields) != len(n) {
		return 0, 0, fmt.Errorf("stat said %q, not three numbers", out)
	}
	for i, f := range fields {
		if n[i], err = strconv.ParseInt(f, 10, 64); err != nil || n[i] < 0 {
			return 0, 0, fmt.Errorf("stat said %q, not three numbers", out)
		}
	}
	return n[0] * n[1], n[0] * n[2], nil
}
