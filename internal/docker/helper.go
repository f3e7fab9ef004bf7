package docker

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

//go:embed disks.sh
var disksScript string

// disksFolder is where a helper sees the volume of the disks.
const disksFolder = "/disks"

// runDisks runs the disks script in a short-lived container on the engine's
// host, and returns the lines that it printed. That a container does it lets
// whoever may use the engine have disks, and a client that is not on the host.
func runDisks(ctx context.Context, cli *client.Client, lab, image, verb string, args []string) ([]string, error) {
	options := diskHelper(lab, image, verb, args)
	// A name of its own, so that it can be removed also where the answer is lost
	// that would have told its ID.
	options.Name = "aiolos-" + lab + "-helper-" + strings.ToLower(rand.Text())
	started := false
	defer func() {
		// Once it runs it removes itself; until then it is ours to remove.
		if !started {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer cancel()
			_ = removeContainers(ctx, cli, []string{options.Name})
		}
	}()
	created, err := cli.ContainerCreate(ctx, options)
	if err != nil {
		return nil, engineError(cli, "create the helper for data disks", err)
	}
	attached, err := cli.ContainerAttach(ctx, created.ID, client.ContainerAttachOptions{Stream: true, Stdout: true, Stderr: true})
	if err != nil {
		return nil, engineError(cli, "attach to the helper for data disks", err)
	}
	defer attached.Close()
	// The output ends when the helper does; a caller that gives up ends it too.
	defer context.AfterFunc(ctx, attached.Close)()
	waiting := cli.ContainerWait(ctx, created.ID, client.ContainerWaitOptions{Condition: container.WaitConditionRemoved})
	if _, err := cli.ContainerStart(ctx, created.ID, client.ContainerStartOptions{}); err != nil {
		return nil, engineError(cli, "start the helper for data disks", err)
	}
	started = true
	var stdout, stderr bytes.Buffer
	if _, err := stdcopy.StdCopy(&stdout, &stderr, attached.Reader); err != nil && ctx.Err() == nil {
		return nil, engineError(cli, "read from the helper for data disks", err)
	}
	select {
	case err := <-waiting.Error:
		return nil, engineError(cli, "await the helper for data disks", err)
	case end := <-waiting.Result:
		if end.StatusCode != 0 {
			return nil, &DiskError{Op: verb, Exit: end.StatusCode, Log: tail(stderr.String())}
		}
	case <-ctx.Done():
		return nil, fmt.Errorf("%s data disks: %w", verb, ctx.Err())
	}
	return strings.FieldsFunc(stdout.String(), func(r rune) bool { return r == '\n' }), nil
}

// diskHelper describes the container that runs the disks script: it sees the
// host's loop devices, and no other device of it may be used.
func diskHelper(lab, image, verb string, args []string) client.ContainerCreateOptions {
	return client.ContainerCreateOptions{
		Config: &container.Config{
			Image:        image,
			Entrypoint:   []string{"sh", "-c", disksScript, "disks"},
			Cmd:          append([]string{verb, disksFolder}, args...),
			Labels:       map[string]string{labelLab: lab, labelHelper: "disks"},
			AttachStdout: true,
			AttachStderr: true,
		},
		HostConfig: &container.HostConfig{
			AutoRemove:  true,
			NetworkMode: "none",
			CapAdd:      []string{"SYS_ADMIN"},
			SecurityOpt: []string{"label=disable"},
			Binds:       []string{"/dev:/dev", volumeName(lab) + ":" + disksFolder},
			LogConfig:   container.LogConfig{Type: "none"},
			Resources:   container.Resources{DeviceCgroupRules: []string{"b 7:* rwm", "c 10:237 rwm"}},
		},
	}
}

// tail returns the last lines of a text.
func tail(text string) []string {
	const most = 10
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(text, "\r", "")), "\n")
	return lines[max(0, len(lines)-most):]
}
