package activities

import "aiolos/deploy"

// Inputs that are about one step on one node say so, for logs.

// About is the step and the node that the action is for.
func (in ActionInput[C]) About() (step, node string) { return in.Step, in.Node.Name }

// About is the wait for the node's sshd.
func (in ConnectInput) About() (step, node string) { return deploy.StepConnect, in.Node.Name }

// About is the collecting of facts.
func (in FactsInput) About() (step, node string) { return deploy.StepFacts, in.Node.Name }
