package deploy

import (
	"fmt"
	"strings"
)

// ProfileError says that a hardware profile is not mapped.
type ProfileError struct {
	Profile string
	Known   []string
}

func (e *ProfileError) Error() string {
	return fmt.Sprintf("unknown hardware profile %q; known are: %s", e.Profile, strings.Join(e.Known, ", "))
}

// Kind tells that the request asks for what the operator has not mapped.
func (e *ProfileError) Kind() Kind { return KindInvalidRequest }

// ImageError says that a node asks for an image that is not mapped.
type ImageError struct {
	Image string
	Known []string
}

func (e *ImageError) Error() string {
	return fmt.Sprintf("unknown image %q; known are: %s", e.Image, strings.Join(e.Known, ", "))
}

// Kind tells that the request asks for what the operator has not mapped.
func (e *ImageError) Kind() Kind { return KindInvalidRequest }
