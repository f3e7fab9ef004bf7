package main

import (
	"aiolos/activities"
	"aiolos/internal/docker"
	"aiolos/internal/ec2"
	"aiolos/internal/hosts"
)

// What providers can do beyond the least, which nothing else holds them to.
var (
	_ activities.Examiner = (*docker.Provider)(nil)
	_ activities.Examiner = (*ec2.Provider)(nil)
	_ activities.Examiner = (*hosts.Provider)(nil)
	_ activities.Keeper   = (*docker.Provider)(nil)
	_ activities.Keeper   = (*ec2.Provider)(nil)
	_ activities.Keeper   = (*hosts.Provider)(nil)
)
