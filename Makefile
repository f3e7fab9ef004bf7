# Everything that can be done with Aiolos from a checkout. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

NODES ?= 3
NAME ?= demo
PROVIDER ?= docker
BIN := bin
SEED ?= 1
SIZES ?= 10 100 1000
ONLY ?= all

.PHONY: help build demo down test unit engine-test e2e chaos lint vuln bench bench-micro bench-calls bench-start bench-uneven man clean screenshot stack-test worker-image

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

build: ## bin/aiolos, bin/aiolos-worker, bin/aiolos-lab
	@mkdir -p $(BIN)
	go build -o $(BIN)/aiolos ./starter
	go build -o $(BIN)/aiolos-worker ./worker
	go build -ldflags '-s -w' -o $(BIN)/aiolos-lab ./lab

demo: ## a GlusterFS pool of NODES=3 nodes on this machine, from nothing; PROVIDER=ec2 goes through EC2's API
	@NODES=$(NODES) NAME=$(NAME) PROVIDER=$(PROVIDER) scripts/demo

down: ## end the lab and remove all that it made
	@$(BIN)/aiolos-lab down

test: ## every check: pure, workflow, adapters, end to end, linters
	@scripts/test

unit: ## tests that need neither an engine nor root; says what they leave out
	@out=$$(mktemp); trap 'rm -f "$$out"' EXIT; \
	if ! go test -v ./... >"$$out" 2>&1; then cat "$$out"; exit 1; fi; \
	grep -E '^ok|left out: ' "$$out"

e2e: build ## the end-to-end tests, in a lab of their own
	AIOLOS_ENGINE=1 go test -count=1 -timeout 20m -v ./e2e/...

chaos: ## break deployments in every way there is a scenario for, and print the table
	@SEED=$(SEED) ONLY=$(ONLY) scripts/chaos

stack-test: ## bring docker-compose.yml up as it is, and kill its parts in mid-deployment
	@scripts/stack-test

worker-image: ## the worker's image, without a registry; the same sources give the same image
	@scripts/worker-image

lint: ## go vet, golangci-lint, workflowcheck, govulncheck
	@scripts/lint

bench: build ## Aiolos beside plain parallel ssh, Ansible and pyinfra; ROUNDS=3 NODES=3,6 GROW=5 TOOLS=… OUT=FILE
	@go run ./bench

bench-micro: ## Go benchmarks of hot paths, beside the numbers checked in; UPDATE=1 checks new ones in
	@scripts/bench-micro

bench-scale: build ## simulated deployments of SIZES="10 100 1000" nodes, and what grows with them
	@AIOLOS_ENGINE=1 AIOLOS_SCALE_SIZES="$(SIZES)" go test -count=1 -timeout 120m -v ./e2e -run '^TestScale$$' | grep -E '^ *(\||---|ok|FAIL|scale)'

bench-status: build ## how fast a busy deployment tells its status, of 3 and of 200 nodes
	@AIOLOS_ENGINE=1 go test ./e2e -run '^$$' -bench '^BenchmarkStatus$$' -benchtime 1x

bench-uneven: build ## simulated deployments of which one node takes five times as long, of NODES="10 100 1000"
	@AIOLOS_ENGINE=1 AIOLOS_UNEVEN_NODES="$(if $(filter-out file default,$(origin NODES)),$(NODES),10 100 1000)" go test -count=1 -timeout 20m -v ./e2e -run '^TestUneven$$' | grep -E '^ *(\||---|ok|FAIL|uneven)'

bench-start: build ## how long a lab takes to come up, and a worker to take another's place
	@AIOLOS_ENGINE=1 go test ./e2e -run '^$$' -bench '^BenchmarkStart$$' -benchtime 1x -count 5

bench-calls: ## calls of EC2's API for 3, 30 and 300 nodes, by phase; needs moto
	@go test ./internal/ec2 -run '^$$' -bench Calls -benchtime 1x

man: build ## the man pages, into bin/man
	@$(BIN)/aiolos man $(BIN)/man

screenshot: ## a picture of the demo in the Temporal UI, for the docs
	@scripts/screenshot

clean: ## remove what was built
	rm -rf $(BIN)
