package command

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (s *Setting) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print which version this is",
		Example: "  aiolos version",
		Args:    wants(),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(s.Out, version(debug.ReadBuildInfo()))
			return err
		},
	}
}

// version tells what the Go linker wrote into the program.
func version(info *debug.BuildInfo, ok bool) string {
	if !ok {
		return "aiolos, of an unknown version"
	}
	text := "aiolos " + info.Main.Version
	built := map[string]string{}
	for _, setting := range info.Settings {
		built[setting.Key] = setting.Value
	}
	if revision := built["vcs.revision"]; revision != "" {
		text += ", commit " + revision
	}
	if built["vcs.modified"] == "true" {
		text += " with changes"
	}
	return text + ", " + info.GoVersion
}
