package main

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"aiolos/internal/config"
	"aiolos/internal/docker"
	"aiolos/internal/trust"
	"aiolos/lab/child"
	"aiolos/lab/cloud"
	"aiolos/lab/server"
	"aiolos/lab/state"
	"aiolos/workflows"
)

// profile is the hardware profile that every lab has.
const profile = "small-x86_64"

// workerPath returns the worker's binary, which is built beside this one.
func workerPath() (string, error) {
	executable, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the worker's binary: %w", err)
	}
	path := filepath.Join(filepath.Dir(executable), "aiolos-worker")
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("the worker's binary is missing (%w); `make build` puts it beside aiolos-lab", err)
	}
	return path, nil
}

// prepareSecret makes the worker's secret where there is none: nodes that exist
// already are trusted by it, so it is never made anew. It leaves the client key
// beside it, for an operator.
func prepareSecret(dir state.Dir) error {
	secret, err := trust.Read(dir.Secret())
	if errors.Is(err, fs.ErrNotExist) {
		secret, err = newSecret(dir.Secret())
	}
	if err != nil {
		return err
	}
	block, err := ssh.MarshalPrivateKey(secret.ClientKey(), "aiolos-lab")
	if err != nil {
		return fmt.Errorf("render the client key: %w", err)
	}
	return os.WriteFile(dir.SSHKey(), pem.EncodeToMemory(block), 0o600)
}

// newSecret makes a secret. The file comes into being at once, so that a lab
// that is killed meanwhile can be started again.
func newSecret(path string) (trust.Secret, error) {
	secret, err := trust.New()
	if err != nil {
		return secret, err
	}
	young := path + ".new"
	if err := os.Remove(young); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return secret, err
	}
	if err := secret.Write(young); err != nil {
		return secret, err
	}
	return secret, os.Rename(young, path)
}

// workerConfig is the worker's configuration.
func workerConfig(o *options, dir state.Dir, m machines) config.Config {
	gateway := net.JoinHostPort(m.gateway.String(), strconv.Itoa(o.gateway))
	cfg := config.Config{
		TaskQueue:       workflows.TaskQueue,
		SecretFile:      dir.Secret(),
		Health:          config.Health{Listen: net.JoinHostPort(server.Host, strconv.Itoa(o.health))},
		Gateway:         config.Gateway{Listen: []string{gateway}, URL: "http://" + gateway},
		DefaultProvider: "docker",
		CacheDir:        dir.Cache(),
		SSH:             config.SSH{User: "root", Port: 22},
		Providers: config.Providers{Docker: &config.Docker{
			Lab: o.name, Network: o.network(),
			Profiles: map[string]config.DockerProfile{profile: {
				Image: m.image,
				// The data disk that the cloud of old blueprints gave its machines.
				Disks: []config.Disk{{Device: "/dev/xvdj", SizeGB: 147}},
			}},
			// A lab has one image, whatever cloud a blueprint was written for.
			Images: map[string]string{docker.AnyImage: m.image},
		}},
	}
	if o.encrypt {
		cfg.Payloads, cfg.CodecServer = encryption(o, dir)
	}
	return cfg
}

// startWorker starts the worker and returns once it is ready.
func startWorker(ctx context.Context, path string, dir state.Dir, record state.Record, say func(string)) (*child.Child, error) {
	program := child.Program{
		Path: path, Args: []string{"--config", dir.WorkerConfig()},
		Env: workerEnvironment(os.Environ(), record.Temporal), Log: dir.WorkerLog(),
		Ended: func(err error, again time.Duration) {
			say(fmt.Sprintf("the worker ended (%v); it is started again in %s", err, again))
		},
	}
	worker, err := child.Start(ctx, program, func(ctx context.Context) error { return awaitReady(ctx, record) })
	if err != nil {
		return nil, fmt.Errorf("start the worker: %w", err)
	}
	return worker, nil
}

// workerEnvironment is this process's environment, but for settings of a
// Temporal client and of AWS: those may be meant for others.
func workerEnvironment(environment []string, temporal string) []string {
	var env []string
	for _, e := range environment {
		if !strings.HasPrefix(e, "TEMPORAL_") && !strings.HasPrefix(e, "AWS_") {
			env = append(env, e)
		}
	}
	return append(env, "TEMPORAL_ADDRESS="+temporal, "TEMPORAL_NAMESPACE="+server.Namespace,
		// An empty file in place of the user's own.
		"TEMPORAL_CONFIG_FILE="+os.DevNull,
		// A lab never acts in anybody's account.
		"AWS_ACCESS_KEY_ID="+cloud.Key, "AWS_SECRET_ACCESS_KEY="+cloud.Secret)
}

// readyPatience is how long a worker that runs may take to get ready.
const readyPatience = time.Minute

// awaitReady waits until the worker says that it is ready.
func awaitReady(ctx context.Context, record state.Record) error {
	return server.Until(ctx, readyPatience, 50*time.Millisecond, "the worker does not get ready", func(ctx context.Context) error { return healthy(ctx, record) })
}

// healthy asks the worker whether it is ready, which it is only while it can
// reach Temporal.
func healthy(ctx context.Context, record state.Record) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	url := record.Health + "/readyz"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	return nil
}
