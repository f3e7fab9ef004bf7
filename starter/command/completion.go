package command

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"aiolos/deploy"
	"aiolos/starter/operation"
)

// completeWithin is how long a shell waits for names that Temporal has to tell. Whoever
// pressed the key is better served by nothing than by waiting.
const completeWithin = time.Second

// complete gives each command the names that its arguments can be, by what its usage
// calls them.
func (s *Setting) complete(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		wanted := strings.Fields(cmd.Use)[1:]
		if cmd.ValidArgsFunction == nil && len(wanted) > 0 {
			cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
				if len(args) >= len(wanted) {
					return nil, cobra.ShellCompDirectiveNoFileComp
				}
				return s.names(cmd.Context(), strings.Trim(wanted[len(args)], "[]."), args, begun)
			}
		}
	}
}

// names are what an argument can be that has begun so.
func (s *Setting) names(ctx context.Context, what string, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	var names []string
	directive := cobra.ShellCompDirectiveNoFileComp
	switch what {
	case "BLUEPRINT":
		// A file may be meant as well.
		names, directive = deploy.BuiltinNames(), cobra.ShellCompDirectiveDefault
	case "NAME":
		names = s.asked(ctx, func(ctx context.Context, t operation.Temporal) []string {
			all, _ := operation.List(ctx, t) // without an answer there are no names
			var names []string
			for _, l := range all {
				if l.State != deploy.StateDestroyed {
					names = append(names, l.Deployment+"\t"+string(l.State))
				}
			}
			return names
		})
	case "NODE", "STEP":
		names = s.asked(ctx, func(ctx context.Context, t operation.Temporal) []string { return partsOf(ctx, t, what, args) })
	default:
		return nil, cobra.ShellCompDirectiveDefault
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !strings.HasPrefix(name, begun) }), directive
}

// asked asks Temporal for names, and takes none for an answer soon.
func (s *Setting) asked(ctx context.Context, ask func(context.Context, operation.Temporal) []string) []string {
	ctx, cancel := context.WithTimeout(ctx, completeWithin)
	defer cancel()
	var names []string
	// An error is nothing to show while someone types.
	_ = s.connect(ctx, func(t operation.Temporal) error {
		names = ask(ctx, t)
		return nil
	})
	return names
}

// partsOf are the nodes of a deployment, or its steps: those on the node that is named already.
func partsOf(ctx context.Context, t operation.Temporal, what string, args []string) []string {
	snapshot, err := operation.Look(ctx, t, operation.Run{Deployment: args[0]})
	if err != nil {
		return nil
	}
	var names []string
	if what == "NODE" {
		for _, n := range snapshot.Status.Nodes {
			names = append(names, n.Name)
		}
		return names
	}
	for _, step := range snapshot.Status.Steps {
		if (len(args) < 2 || args[1] == step.Node) && !slices.Contains(names, step.Name) { //nolint:mnd // NAME and NODE
			names = append(names, step.Name)
		}
	}
	return names
}
