package git

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/transport"

	"aiolos/deploy"
)

// RefError says that a repository has no such tag, branch or commit.
type RefError struct {
	URL string
	Ref string
	// Known are names that the repository does have, the most like Ref first.
	Known []string
}

func (e *RefError) Error() string {
	text := fmt.Sprintf("%s has no tag, branch or commit %q", e.URL, e.Ref)
	if len(e.Known) > 0 {
		text += "; it has " + strings.Join(e.Known, ", ")
	}
	return text
}

// Kind implements the interface by which failures are sorted.
func (e *RefError) Kind() deploy.Kind { return deploy.KindSource }

// FetchError says that a repository could not be read.
type FetchError struct {
	URL string
	// Reason is what the server or the network said, without credentials.
	Reason string

	temporary bool
}

func (e *FetchError) Error() string { return "cannot read " + e.URL + ": " + e.Reason }

// Kind implements the interface by which failures are sorted.
func (e *FetchError) Kind() deploy.Kind { return deploy.KindSource }

// Temporary tells whether trying again may help: networks and servers come back,
// while a repository that is not there, or not for us, stays so.
func (e *FetchError) Temporary() bool { return e.temporary }

// fetchError does not wrap err, whose text may hold credentials.
func (at repository) fetchError(err error) error {
	var size *SizeError
	if errors.As(err, &size) {
		return size
	}
	final := errors.Is(err, transport.ErrRepositoryNotFound) || errors.Is(err, transport.ErrEmptyRemoteRepository) ||
		errors.Is(err, transport.ErrAuthenticationRequired) || errors.Is(err, transport.ErrAuthorizationFailed) ||
		errors.Is(err, transport.ErrInvalidAuthMethod) || at.local != ""
	return &FetchError{URL: at.shown, Reason: hide(err.Error(), at.secrets), temporary: !final}
}

// SizeError says that a tree, or what has to be downloaded for it, is too large.
type SizeError struct {
	URL string
	// What is too large: "the tree" or "the download".
	What string
	// Limit is in bytes.
	Limit int64
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("%s is not taken: %s is larger than %d MiB", e.URL, e.What, e.Limit>>20)
}

// Kind implements the interface by which failures are sorted.
func (e *SizeError) Kind() deploy.Kind { return deploy.KindSource }

// TreeError says that a tree holds something that is not unpacked on a node.
type TreeError struct {
	URL    string
	Path   string
	Reason string
}

func (e *TreeError) Error() string {
	return fmt.Sprintf("%s is not taken: %q %s", e.URL, e.Path, e.Reason)
}

// Kind implements the interface by which failures are sorted.
func (e *TreeError) Kind() deploy.Kind { return deploy.KindSource }
