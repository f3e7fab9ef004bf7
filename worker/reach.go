package main

import (
	"context"

	"aiolos/deploy"
	"aiolos/internal/config"
	"aiolos/internal/hosts"
	"aiolos/internal/remote"
	"aiolos/internal/ssh"
	"aiolos/internal/trust"
)

// reach knows how nodes are reached: those that the worker has launched as the
// configuration says for all of them, machines of an inventory as that says.
type reach struct {
	pool *ssh.Pool
	// launched is what all nodes have in common that the worker launches.
	launched ssh.Target
	machines *hosts.Provider
	ways     *hosts.Reach
}

func newReach(cfg config.Config, secrets trust.Secrets, observer ssh.Observer) (*reach, error) {
	way, err := hosts.NewWay(cfg.SSH.Bastions)
	if err != nil {
		return nil, err
	}
	algorithms, err := ssh.NewAlgorithms(cfg.SSH.Algorithms, ssh.AlgorithmLists{})
	if err != nil {
		return nil, err
	}
	return &reach{
		pool: ssh.NewPool(ssh.Config{ClientKeys: secrets.ClientKeys(), HostKeys: secrets.HostKeys, Algorithms: algorithms, Observer: observer}),
		launched: ssh.Target{
			Port: cfg.SSH.Port, User: cfg.SSH.User, Via: way,
			// User data makes such a user one that sudo asks nothing of.
			Sudo: ssh.Sudo{On: cfg.SSH.User != "root"},
		},
	}, nil
}

func (r *reach) target(deployment string, node deploy.Node) ssh.Target {
	if r.machines != nil {
		if m, ok := r.machines.Machine(node.ID); ok {
			target, _ := r.ways.Target(m)
			return target
		}
	}
	target := r.launched
	target.Deployment, target.Node, target.Address = deployment, node.Name, node.Address
	return target
}

// Runner returns the means to run commands on a node.
func (r *reach) Runner(deployment string, node deploy.Node) remote.Runner {
	return r.pool.Runner(r.target(deployment, node))
}

// Await returns once the node answers and has proved its identity.
func (r *reach) Await(ctx context.Context, deployment string, node deploy.Node, progress func(string)) error {
	return r.pool.Await(ctx, r.target(deployment, node), progress)
}
