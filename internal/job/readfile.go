package job

import (
	"context"
	_ "embed"
	"strconv"

	"aiolos/internal/remote"
)

//go:embed readfile.sh
var readFileScript string

// exitMissing is how readfile.sh says that there is no such file.
const exitMissing = 3

// ReadFile returns a regular file of the job, for example "files/report.yaml".
// A *FileError says that there is none, which is fs.ErrNotExist, or that it has
// more bytes than limit.
func (d Dir) ReadFile(ctx context.Context, r remote.Runner, id, name string, limit int) ([]byte, error) {
	if err := checkID(id); err != nil {
		return nil, err
	}
	if !filePattern.MatchString(name) {
		return nil, &SpecError{Field: "file", Value: name, Allowed: "a path below the job's directory, of letters, digits and . _ -"}
	}
	done, err := d.do(ctx, r, "read", id, readFileScript, id, name, strconv.Itoa(limit+1))
	switch {
	case err != nil:
		return nil, err
	case done.Exit == exitMissing:
		return nil, &FileError{ID: id, Name: name}
	case len(done.Stdout) > limit:
		return nil, &FileError{ID: id, Name: name, Limit: limit}
	}
	return done.Stdout, nil
}
