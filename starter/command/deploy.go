package command

import (
	"strings"

	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/starter/operation"
)

// What the help of commands that take a blueprint says about it.
var (
	aboutBlueprint = `BLUEPRINT is a file (with a slash, or ending in .yaml, .yml or .xml, which is an
Aeolus deployable) or the name of a built-in blueprint:
` + strings.Join(deploy.BuiltinNames(), ", ") + `. Files that it names travel along.
`
	aboutSecrets = `
Sensitive parameters are asked for on a terminal, or taken from the environment:
` + parameterVariable + `NAME, with underscores in place of what no variable's name may
have. They are sealed to the worker's key before they are sent.
`
)

func (s *Setting) deployCommand() *cobra.Command {
	var in input
	var detach, attach bool
	cmd := &cobra.Command{
		Use:   "deploy NAME BLUEPRINT",
		Short: "Bring a deployment to what a blueprint and its parameters say",
		Long: `Brings the deployment NAME to what BLUEPRINT and its parameters say, whatever is
there already: what is right is left alone, and only what differs is changed.
Wrong input is refused before anything is started.

` + aboutBlueprint + aboutSecrets + `
When a step fails for good, the deployment waits for a person, while all that does
not depend on the step goes on (pause, exit code 3); or this run's work is unmade
(rollback), or stays (fail), and the deployment has failed.

With --check nothing is changed: the outcome lists what is not as BLUEPRINT and its
parameters say, and what cannot be known without acting. Exit code 4 says that
something differs, 0 that nothing does.

While another operation runs on NAME, this one is refused; with --attach a Deploy
that runs is followed instead, as aiolos watch does.

Ctrl-C only ends the watching; the deployment goes on (exit code 130).`,
		Example: `  aiolos deploy demo glusterfs -p nodes=3     # a pool of three nodes
  aiolos deploy demo glusterfs -p nodes=5     # later: two more
  aiolos deploy demo glusterfs -p nodes=5 --check
  aiolos deploy web ./web.yaml --detach       # a blueprint of one's own, in the background
  aiolos deploy old ./old.xml --count web=4   # an Aeolus deployable, with four nodes of one assembly`,
		Args: wants("NAME", "BLUEPRINT"),
	}
	in.flags(cmd)
	cmd.Flags().StringVar(&in.onFailure, "on-failure", "", "what happens when a step fails for good: pause (the default), rollback or fail")
	cmd.Flags().BoolVar(&detach, "detach", false, "return once it has begun")
	cmd.Flags().BoolVar(&in.check, "check", false, "tell what differs, and change nothing")
	cmd.Flags().BoolVar(&attach, "attach", false, "follow the Deploy that runs already, if one does")
	asJSON := jsonFlag(cmd)
	queue := s.queueFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in.name, in.blueprint = args[0], args[1]
		ctx := cmd.Context()
		p, err := s.prepare(ctx, in)
		if err != nil {
			return s.failed(in.name, err, *asJSON)
		}
		return s.connect(ctx, func(t operation.Temporal) error {
			if err := p.secrets.seal(ctx, t, *queue, in.name, &p.request); err != nil {
				return s.failed(in.name, err, *asJSON)
			}
			run, err := operation.Deploy(ctx, t, *queue, p.plan, p.request)
			if ctx.Err() != nil && err != nil {
				return &unsureError{in.name}
			}
			if attach {
				run, err = s.attach(ctx, t, run, p.request, err)
			}
			if err != nil {
				return err
			}
			return s.begin(ctx, t, run, detach, *asJSON)
		})
	}
	return cmd
}
