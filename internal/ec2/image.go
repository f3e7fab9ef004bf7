package ec2

import (
	"regexp"
	"strings"

	"aiolos/deploy"
)

var (
	imageID       = regexp.MustCompile(`\Aami-[0-9a-f]{8,17}\z`)
	parameterPath = regexp.MustCompile(`\A[A-Za-z0-9_.:/-]{1,1000}\z`)
	imageOwner    = regexp.MustCompile(`\A([0-9]{12}|self|amazon|aws-marketplace)\z`)
	imagePattern  = regexp.MustCompile(`\A[A-Za-z0-9()\[\] ./'@_*?-]{1,128}\z`)
)

const imageAllowed = "an image's ID (ami-…), ssm:PARAMETER, or an owner with a pattern of names (137112412989:al2023-ami-2023.*-x86_64)"

// Image names an Amazon Machine Image in one of three ways.
type Image struct {
	// ID is the image itself.
	ID string
	// Parameter is a parameter of SSM whose value is the ID. AWS and
	// distributions publish their newest images so.
	Parameter string
	// Owner and Name ask for the newest image of that owner (an account's number,
	// "self", "amazon" or "aws-marketplace") whose name matches, where * and ?
	// stand for anything.
	Owner, Name string
}

// ParseImage reads an image as configurations name it: "ami-…", "ssm:PARAMETER"
// or "OWNER:NAME". The error is a *deploy.InvalidError about the field "image".
func ParseImage(text string) (Image, error) {
	var image Image
	head, tail, found := strings.Cut(text, ":")
	switch {
	case !found:
		image.ID = text
	case head == "ssm":
		image.Parameter = tail
	default:
		image.Owner, image.Name = head, tail
	}
	var wrong checker
	if image.check(&wrong, "image"); len(wrong.problems) > 0 {
		return Image{}, &deploy.InvalidError{Problems: []deploy.Problem{{Field: "image", Value: text, Allowed: imageAllowed}}}
	}
	return image, nil
}

// String writes the image as ParseImage reads it.
func (i Image) String() string {
	switch {
	case i.ID != "":
		return i.ID
	case i.Parameter != "":
		return "ssm:" + i.Parameter
	case i.Owner != "" || i.Name != "":
		return i.Owner + ":" + i.Name
	}
	return ""
}

// UnmarshalText reads an image from a configuration, as ParseImage does.
func (i *Image) UnmarshalText(text []byte) (err error) {
	*i, err = ParseImage(string(text))
	return err
}

// MarshalText writes the image as UnmarshalText reads it.
func (i Image) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

func (i Image) check(wrong *checker, field string) {
	ok := false
	switch {
	case i.ID != "":
		ok = imageID.MatchString(i.ID) && i == Image{ID: i.ID}
	case i.Parameter != "":
		ok = parameterPath.MatchString(i.Parameter) && i == Image{Parameter: i.Parameter}
	default:
		ok = imageOwner.MatchString(i.Owner) && imagePattern.MatchString(i.Name)
	}
	if !ok {
		wrong.add(field, i.String(), imageAllowed)
	}
}
