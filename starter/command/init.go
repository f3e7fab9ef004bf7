package command

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"aiolos/deploy"
)

// starterFile is where a starter blueprint goes unless it is told otherwise.
const starterFile = "blueprint.yaml"

//go:embed starter.yaml
var starterText []byte

func (s *Setting) initCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "init [FILE]",
		Short: "Write a commented blueprint to start from",
		Long: `Writes a blueprint to start from into FILE, ` + starterFile + ` unless given. Its comments
show what there is; it validates and deploys as it is. A file that exists is
left alone unless --force is given.`,
		Example: `  aiolos init
  aiolos init web.yaml
  aiolos validate web.yaml`,
		Args: atMost("FILE"),
	}
	cmd.Flags().BoolVar(&force, "force", false, "overwrite FILE")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		path := starterFile
		if len(args) > 0 {
			path = args[0]
		}
		if err := create(path, force); err != nil {
			allowed := fmt.Sprintf("a file that can be written (%v)", cause(err))
			if errors.Is(err, fs.ErrExist) {
				allowed = "a file that does not exist yet; --force overwrites it"
			}
			return &deploy.InvalidError{Problems: []deploy.Problem{{Field: "file", Value: path, Allowed: allowed}}}
		}
		_, err := fmt.Fprintf(s.Out, "Wrote %s. Look at what it would do, then do it:\n  aiolos validate %s\n  aiolos plan demo %s\n  aiolos deploy demo %s\n", path, asArgument(path), asArgument(path), asArgument(path))
		return err
	}
	return cmd
}

// asArgument writes a path so that it is taken for a file.
func asArgument(path string) string {
	if isFile(path) {
		return path
	}
	return "./" + path
}

// create writes the starter. Without force, whatever is there wins, even if it
// comes at the same moment.
func create(path string, force bool) error {
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if force {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(path, flags, 0o644) //nolint:gosec // it holds no secret, and is for others to read
	if err != nil {
		return err
	}
	_, err = f.Write(starterText)
	return errors.Join(err, f.Close())
}
