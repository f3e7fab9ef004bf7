package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"aiolos/deploy"
)

// localFiles reads the files that a blueprint names, by their paths as written
// there. They are looked for beside the blueprint, and never outside of its
// directory: a blueprint from elsewhere must not be able to collect what a
// person has. The error is an *deploy.InvalidError with all that cannot be sent.
func (s source) localFiles(names []string) (map[string][]byte, error) {
	if len(names) == 0 {
		return nil, nil
	}
	invalid := &deploy.InvalidError{}
	wrong := func(name, value, allowed string) {
		invalid.Problems = append(invalid.Problems, deploy.Problem{Field: "files." + name, Value: value, Allowed: allowed})
	}
	if !s.file {
		for _, name := range names {
			wrong(name, name, "no local files: only a blueprint in a file can name some")
		}
		return nil, invalid
	}
	directory := filepath.Dir(s.argument)
	root, err := os.OpenRoot(directory)
	if err != nil {
		wrong(names[0], directory, fmt.Sprintf("a directory that can be read (%v)", cause(err)))
		return nil, invalid
	}
	defer root.Close()
	files, total := map[string][]byte{}, 0
	for _, name := range names {
		content, size, err := readWithin(root, name, deploy.MaxFilesBytes-total)
		var large *tooLargeError
		switch {
		case errors.As(err, &large) && total == 0:
			wrong(name, fmt.Sprintf("%d bytes", size), fmt.Sprintf("at most %d bytes in all files", deploy.MaxFilesBytes))
		case errors.As(err, &large):
			wrong(name, fmt.Sprintf("%d bytes", size), fmt.Sprintf("at most %d bytes in all files, of which those before it take %d", deploy.MaxFilesBytes, total))
		case err != nil:
			wrong(name, name, fmt.Sprintf("a file in %s, beside the blueprint (%v)", directory, cause(err)))
		default:
			files[name] = content
			total += len(content)
		}
	}
	if len(invalid.Problems) > 0 {
		return nil, invalid
	}
	return files, nil
}

// tooLargeError says that a file is larger than what may still be sent.
type tooLargeError struct{}

func (*tooLargeError) Error() string { return "it is too large" }

// readWithin reads a regular file of at most so many bytes; anything else, such
// as a pipe, could hold the command up for ever.
func readWithin(root *os.Root, name string, most int) (content []byte, size int64, err error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, errors.New("it is no file")
	}
	if info.Size() > int64(most) {
		return nil, info.Size(), &tooLargeError{}
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	content, err = io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err == nil && len(content) > most {
		return nil, int64(len(content)), &tooLargeError{}
	}
	return content, int64(len(content)), err
}
