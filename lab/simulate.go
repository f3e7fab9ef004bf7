package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"aiolos/deploy"
	"aiolos/internal/config"
	"aiolos/internal/fleet"
	"aiolos/lab/child"
	"aiolos/lab/server"
	"aiolos/lab/state"
)

// simulation says how machines are simulated, where they are.
type simulation struct {
	simulate           bool
	scale              float64
	seed               uint64
	faults             string
	fleetPort, sshPort int
}

func (s *simulation) register(flags *pflag.FlagSet) {
	flags.BoolVar(&s.simulate, "simulate", false, "simulate machines in place of making any: needs no engine, and deploys nothing")
	flags.Float64Var(&s.scale, "simulate-scale", 1, "what all times of simulated machines are multiplied by")
	flags.Uint64Var(&s.seed, "simulate-seed", 0, "what the times and faults of simulated machines are drawn from")
	flags.StringVar(&s.faults, "simulate-faults", "", `what goes wrong with simulated machines, as JSON: [{"what": "puppet", "node": "storage-1", "times": 1}]`)
	flags.IntVar(&s.fleetPort, "fleet-port", 7286, "port where simulated machines are launched, on loopback")
	flags.IntVar(&s.sshPort, "ssh-port", 7222, "port of the simulated machines' SSH servers, on addresses of 127.64.0.0/10")
}

func (s *simulation) fleetPorts() []port {
	return []port{{"--fleet-port", s.fleetPort, "the simulated fleet"}, {"--ssh-port", s.sshPort, "the SSH servers of simulated machines"}}
}

// arguments are the flags that give the same to another process.
func (s *simulation) arguments() []string {
	if !s.simulate {
		return nil
	}
	return append([]string{"--simulate", "--fleet-port", strconv.Itoa(s.fleetPort), "--ssh-port", strconv.Itoa(s.sshPort)}, s.times()...)
}

func (s *simulation) times() []string {
	return []string{
		"--simulate-scale", strconv.FormatFloat(s.scale, 'g', -1, 64), "--simulate-seed", strconv.FormatUint(s.seed, 10), "--simulate-faults", s.faults,
	}
}

// problems are what is wrong with it; where it is wanted, it is the provider.
func (s *simulation) problems(provider *string) []deploy.Problem {
	if !s.simulate {
		return nil
	}
	var problems []deploy.Problem
	if *provider != onDocker && *provider != deploy.ProviderSimulation {
		problems = append(problems, deploy.Problem{Field: "--provider", Value: *provider, Allowed: "none beside --simulate"})
	}
	*provider = deploy.ProviderSimulation
	// The negation refuses NaN as well.
	if !(s.scale > 0 && s.scale <= 1000) {
		problems = append(problems, deploy.Problem{Field: "--simulate-scale", Value: fmt.Sprint(s.scale), Allowed: "above 0, up to 1000"})
	}
	if _, err := s.parseFaults(); err != nil {
		problems = append(problems, deploy.Problem{Field: "--simulate-faults", Value: s.faults, Allowed: "a JSON list of faults: " + err.Error()})
	}
	return problems
}

func (s *simulation) parseFaults() ([]fleet.Fault, error) {
	if s.faults == "" {
		return nil, nil
	}
	var faults []fleet.Fault
	err := json.Unmarshal([]byte(s.faults), &faults)
	return faults, err
}

// url is where the fleet is asked for machines.
func (s *simulation) url() string {
	return "http://" + net.JoinHostPort(server.Host, strconv.Itoa(s.fleetPort))
}

// onLoopback are the machines of a lab that simulates: what they need is on loopback.
func onLoopback() machines { return machines{gateway: netip.MustParseAddr(server.Host)} }

// withSimulation changes the worker's configuration to that of a lab that simulates.
func withSimulation(cfg config.Config, o *options) config.Config {
	cfg.DefaultProvider = deploy.ProviderSimulation
	cfg.SSH.Port = o.sshPort
	cfg.Providers = config.Providers{Simulation: &config.Simulation{
		URL: o.url(), Profiles: []string{profile}, Images: []string{"*"}, Disks: []config.Disk{{Device: "/dev/xvdj", SizeGB: 147}},
	}}
	return cfg
}

// startFleet starts the process that is the machines, and returns once it answers.
func startFleet(ctx context.Context, o *options, dir state.Dir, say func(string)) (*child.Child, error) {
	executable, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("the simulated fleet: %w", err)
	}
	args := append([]string{"fleet", "--fleet-port", strconv.Itoa(o.fleetPort), "--ssh-port", strconv.Itoa(o.sshPort)}, o.times()...)
	program := child.Program{
		Path: executable, Args: args, Env: os.Environ(), Log: dir.FleetLog(),
		Ended: func(err error, again time.Duration) {
			say(fmt.Sprintf("the simulated fleet ended (%v), and all its machines with it; it is started again in %s", err, again))
		},
	}
	provider := fleet.NewProvider(fleet.ProviderConfig{URL: o.url()})
	defer provider.Close()
	started, err := child.Start(ctx, program, func(ctx context.Context) error {
		return server.Until(ctx, readyPatience, 20*time.Millisecond, "the simulated fleet does not answer", func(ctx context.Context) error {
			_, err := provider.Belongings(ctx)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("start the simulated fleet: %w", err)
	}
	return started, nil
}

// fleetCommand is the process that is the simulated machines.
func fleetCommand() *cobra.Command {
	var s simulation
	cmd := &cobra.Command{
		Use: "fleet", Short: "Simulate machines, until it is interrupted; a lab that simulates starts it", Hidden: true, Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return runFleet(cmd.Context(), s) },
	}
	s.register(cmd.Flags())
	return cmd
}

func runFleet(ctx context.Context, s simulation) error {
	faults, err := s.parseFaults()
	if err != nil {
		return &usageError{fmt.Errorf("--simulate-faults: %w", err)}
	}
	f, err := fleet.Start(fleet.Options{ //nolint:contextcheck // it lives until it is closed
		Port: s.sshPort, Seed: s.seed, Scale: s.scale, Faults: faults, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(server.Host, strconv.Itoa(s.fleetPort)))
	if err != nil {
		return errors.Join(err, f.Close())
	}
	api := &http.Server{Handler: f.Handler(), ReadHeaderTimeout: 5 * time.Second}
	ended := context.AfterFunc(ctx, func() { _ = api.Close() })
	defer ended()
	if err := api.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}
