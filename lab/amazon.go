package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"aiolos/internal/config"
	"aiolos/internal/ec2"
	"aiolos/internal/ec2/ec2test"
	"aiolos/lab/cloud"
	"aiolos/lab/server"
	"aiolos/lab/state"
)

// The providers that a lab can have.
const (
	onDocker = "docker"
	onEC2    = "ec2"
)

// amazon is the lab's own EC2.
type amazon struct {
	// url is where it is asked: at a proxy that adds what moto lacks.
	url    string
	front  *http.Server
	world  cloud.World
	stop   context.CancelFunc
	ended  chan error
	subnet netip.Prefix
}

// motoOf is the server that stands in for AWS.
func motoOf(dir state.Dir) *cloud.Moto {
	return &cloud.Moto{PIDFile: dir.MotoPID(), Log: dir.MotoLog()}
}

// startAmazon starts moto, and boots machines for the instances that it reports.
func startAmazon(ctx context.Context, o *options, dir state.Dir, m machines, say func(string)) (*amazon, error) {
	moto := motoOf(dir)
	if err := moto.Start(ctx); err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(server.Host, strconv.Itoa(o.ec2)))
	if err != nil {
		return nil, fmt.Errorf("--ec2-port: %w", err)
	}
	a := &amazon{url: "http://" + listener.Addr().String(), subnet: m.subnet, ended: make(chan error, 1)}
	a.front = &http.Server{Handler: ec2test.Before(moto.URL()), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = a.front.Serve(listener) }()
	client := moto.Client()
	if a.world, err = cloud.Prepare(ctx, client, o.name, m.subnet); err != nil {
		return nil, err
	}
	booter, err := cloud.New(cloud.Config{EC2: client, VPC: a.world.VPC, Lab: o.name, Network: o.network(), Image: m.image, Say: say})
	if err != nil {
		return nil, err
	}
	booting, stop := context.WithCancel(context.WithoutCancel(ctx))
	a.stop = stop
	go func() { a.ended <- booter.Run(booting) }()
	return a, nil
}

// close stops looking at instances. Moto goes on, and so do the machines.
func (a *amazon) close() error {
	a.stop()
	return errors.Join(<-a.ended, a.front.Close())
}

// provider is how the worker is told of it, as an operator would do it.
func (a *amazon) provider(lab string) *ec2.Config {
	return &ec2.Config{
		Region: cloud.Region, Endpoint: a.url, Worker: lab,
		Profiles: map[string]ec2.Profile{profile: {
			InstanceType: "t3.micro", Image: ec2.Image{ID: a.world.Image}, Subnets: a.world.Subnets,
			SSHFrom:      []string{a.subnet.Masked().String()},
			Volumes:      []ec2.Volume{{Device: "/dev/xvdj", SizeGiB: 137}},
			OtherVolumes: ec2.Volume{Type: "gp3", Encrypted: true},
		}},
		Images: map[string]ec2.Image{ec2.AnyImage: {ID: a.world.Image}},
	}
}

// withAmazon changes the worker's configuration to that of a lab with EC2.
func withAmazon(cfg config.Config, lab string, a *amazon) config.Config {
	cfg.DefaultProvider = onEC2
	cfg.Providers = config.Providers{EC2: a.provider(lab)}
	return cfg
}
