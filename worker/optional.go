package main

import (
	"aiolos/activities"
	"aiolos/internal/docker"
	"aiolos/internal/ec2"
	"aiolos/internal/fleet"
	"aiolos/internal/hosts"
)

// provider is what the worker's own providers can do, beyond the least.
type provider interface {
	activities.Provider
	activities.Examiner
	activities.Keeper
	activities.Witness
	activities.Console
}

// Nothing else holds them to it.
var (
	_ provider = (*docker.Provider)(nil)
	_ provider = (*ec2.Provider)(nil)
	_ provider = (*hosts.Provider)(nil)
	_ provider = (*fleet.Provider)(nil)
)
