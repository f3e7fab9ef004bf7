package command

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"aiolos/deploy"
	"aiolos/deploy/aeolus"
)

// source is a blueprint that an argument names: a built-in one, or a file.
type source struct {
	// argument is what the command line says.
	argument string
	file     bool
	text     []byte
}

// readSource reads what an argument names. The error is an *deploy.InvalidError.
func readSource(argument string) (source, error) {
	s := source{argument: argument, file: isFile(argument)}
	if !s.file {
		text, ok := deploy.Builtin(argument)
		if !ok {
			return s, deploy.Request{Blueprint: argument}.Check()
		}
		s.text = text
		return s, nil
	}
	text, err := readFile(argument)
	if err != nil {
		return s, &deploy.InvalidError{Problems: []deploy.Problem{{Field: "blueprint", Value: argument, Allowed: allowedFile(err)}}}
	}
	s.text = text
	return s, nil
}

// blueprint reads the text, as YAML or as an Aeolus deployable. The error is a
// *blueprintError.
func (s source) blueprint(actions []deploy.ActionType) (*deploy.Blueprint, error) {
	name := ""
	if !s.file {
		name = s.argument
	}
	b, err := aeolus.ReadBlueprint(name, s.text, actions)
	return b, s.wrap(err)
}

// sent is the text that the request carries, and so the history. A deployable
// may hold passwords as defaults; its translation leaves them out.
func (s source) sent() string {
	if !aeolus.Is(s.text) {
		return string(s.text)
	}
	d, err := aeolus.Read(s.text)
	if err != nil || len(d.Withheld()) == 0 {
		return string(s.text) // what is wrong with it was told when it was read
	}
	text, err := d.Blueprint()
	if err != nil {
		return string(s.text)
	}
	return string(text)
}

// translated says that positions in the blueprint are not those in the file.
func (s source) translated() bool { return aeolus.Is(s.text) }

func isFile(argument string) bool {
	for _, ending := range []string{".yaml", ".yml", ".xml"} {
		if strings.HasSuffix(argument, ending) {
			return true
		}
	}
	return strings.Contains(argument, "/")
}

func allowedFile(err error) string {
	allowed := "a file with a blueprint, or the name of a built-in one: " + strings.Join(deploy.BuiltinNames(), ", ")
	return fmt.Sprintf("%s (%v)", allowed, cause(err))
}

// cause is an error of the file system without the path, which is told already.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// readFile reads no more of a file than a request may carry, and a byte to tell
// that there is more.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // who types the command names it
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, deploy.MaxSourceBytes+1))
	if err != nil {
		return nil, err
	}
	if len(strings.TrimSpace(string(content))) == 0 {
		return nil, errors.New("the file is empty")
	}
	return content, nil
}

// requested is the blueprint that an operation was started with.
func requested(request deploy.Request) source {
	s := source{argument: request.Blueprint, text: []byte(request.Source)}
	if request.Source == "" {
		s.text, _ = deploy.Builtin(request.Blueprint)
	}
	return s
}
