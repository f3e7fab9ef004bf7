package command

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

// Run carries out a command line, without the program's name, and returns the
// exit code. When ctx ends, what was started goes on.
func Run(ctx context.Context, s Setting, args []string) int {
	root := s.root() //nolint:contextcheck // commands get ctx from cobra
	// Never nil: cobra would read the process's own arguments then.
	root.SetArgs(append([]string{}, args...))
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	return s.tell(root.ExecuteContext(ctx))
}

// Commands are the commands that there are, for those who document them.
func Commands(s Setting) []*cobra.Command { return s.root().Commands() }

func (s *Setting) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "aiolos",
		Short: "Deploy applications that span several machines",
		Long: `Aiolos deploys applications that span several machines, and never loses its
place: a deployment is a durable workflow on Temporal.

Where Temporal is, the environment says in Temporal's own way: TEMPORAL_ADDRESS
(127.0.0.1:7233 unless set), TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS
and so on, or a profile of TEMPORAL_CONFIG_FILE.

Where the worker encrypts payloads, AIOLOS_PAYLOAD_KEYS=file:PATH says where the
keys are, or TEMPORAL_CODEC_ENDPOINT=URL which codec server has them
(TEMPORAL_CODEC_AUTH="Bearer …" is sent to it).

Exit codes: 0 done, 1 failed, 2 wrong input (nothing was done), 3 the deployment
needs attention, 4 a check found differences, 130 interrupted (what was started
goes on).`,
		Example: `  aiolos deploy demo glusterfs -p nodes=3
  aiolos status demo
  aiolos destroy demo`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	const typo = 2 // letters that a mistyped command may differ in
	root.SuggestionsMinimumDistance = typo
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return &usageError{cmd, err.Error()} })
	root.AddCommand(
		s.initCommand(), s.validateCommand(), s.graphCommand(), s.blueprintsCommand(), s.convertCommand(), s.schemaCommand(),
		s.planCommand(), s.deployCommand(), s.approveCommand(),
		s.retryCommand(), s.skipCommand(), s.abortCommand(), s.cancelCommand(), s.replaceNodeCommand(), s.replayCommand(),
		s.statusCommand(), s.watchCommand(), s.logsCommand(), s.historyCommand(), s.timingCommand(), s.listCommand(), s.destroyCommand(),
		s.doctorCommand(), s.orphansCommand(), s.setupCommand(), s.versionCommand(),
		s.manCommand(),
	)
	s.complete(root)
	return root
}

// knownCommand refuses arguments of the root command: each is a command that does not exist.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	message := fmt.Sprintf("unknown command %q", args[0])
	if like := cmd.SuggestionsFor(args[0]); len(like) > 0 {
		message += "; did you mean " + like[0] + "?"
	}
	return &usageError{cmd, message}
}

// wants takes exactly the named arguments.
func wants(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return &usageError{cmd, names[len(args)] + " is missing"}
		case len(args) > len(names):
			return &usageError{cmd, fmt.Sprintf("%q is one argument too many", args[len(names)])}
		}
		return nil
	}
}

// atMost takes the named argument, or none.
func atMost(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return wants(name)(cmd, args)
	}
}

// atLeast takes one or more of the named argument.
func atLeast(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return nil
		}
		return wants(name)(cmd, args)
	}
}

// jsonFlag gives a command --json.
func jsonFlag(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("json", false, "print the result as JSON on standard output")
}

// queueFlag gives a command --task-queue.
func (s *Setting) queueFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("task-queue", s.taskQueue(), "task queue of the worker (environment: "+queueVariable+")")
}
