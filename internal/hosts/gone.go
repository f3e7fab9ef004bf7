package hosts

import (
	"context"

	"aiolos/deploy"
)

// Gone says that a node's machine does not exist any more, which is never so: it is
// its owner's, and may come back.
func (p *Provider) Gone(context.Context, string, deploy.Node) (why string, gone bool, err error) {
	return "", false, nil
}

// Stopped says that a node's machine does not run, which nobody can tell of a machine that
// does not answer.
func (p *Provider) Stopped(context.Context, string, deploy.Node) (why string, said []string, stopped bool, err error) {
	return "", nil, false, nil
}
