package secretref

import (
	"path/filepath"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// Scheme says where a secret is.
type Scheme string

// The schemes.
const (
	File           Scheme = "file"
	Environment    Scheme = "env"
	SecretsManager Scheme = "aws-sm"
	ParameterStore Scheme = "aws-ssm"
)

// Reference is where a secret is. Only Parse makes one that is right.
type Reference struct {
	Scheme Scheme
	// Name is a path, the name of a variable, or a name or ARN at AWS.
	Name string
	// Key is a field of a JSON object; empty for the whole secret.
	Key string
}

// String is the reference as it is written.
func (r Reference) String() string {
	if r.Key != "" {
		return string(r.Scheme) + ":" + r.Name + "#" + r.Key
	}
	return string(r.Scheme) + ":" + r.Name
}

// What names may be: of variables by POSIX (XBD 8.1), of secrets and parameters by
// the APIs of AWS (GetSecretValue, GetParameter), whose colon begins a version or
// label of a parameter.
var (
	variableName  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	secretName    = regexp.MustCompile(`^[A-Za-z0-9/_+=.@-]{1,512}$`)
	parameterName = regexp.MustCompile(`^[A-Za-z0-9/_.-]{1,1000}(:[A-Za-z0-9_.-]{1,100})?$`)
)

// Parse reads a reference that stands in a field of the configuration. Errors are
// of type *FormatError.
func Parse(field, text string) (Reference, error) {
	scheme, name, found := strings.Cut(text, ":")
	r := Reference{Scheme: Scheme(scheme), Name: name}
	problem := ""
	switch {
	case text == "":
		problem = "it is empty"
	case !found:
		problem = "it does not say where the secret is"
	case r.Scheme == File:
		if !filepath.IsAbs(name) || strings.ContainsRune(name, 0) {
			problem = "what follows file: is no absolute path"
		}
	case r.Scheme == Environment:
		if !variableName.MatchString(name) {
			problem = "what follows env: is no name of a variable"
		}
	case r.Scheme == SecretsManager:
		r.Name, r.Key, found = strings.Cut(name, "#")
		switch {
		case found && r.Key == "":
			problem = "no key follows the #"
		case !secretName.MatchString(r.Name) && !isARN(r.Name, "secretsmanager"):
			problem = "what follows aws-sm: is neither a secret's name nor its ARN"
		}
	case r.Scheme == ParameterStore:
		if !parameterName.MatchString(name) && !isARN(name, "ssm") {
			problem = "what follows aws-ssm: is neither a parameter's name nor its ARN"
		}
	default:
		problem = "it says otherwise where the secret is than can be understood"
	}
	if problem != "" {
		return Reference{}, &FormatError{Field: field, Problem: problem}
	}
	return r, nil
}

func isARN(name, service string) bool {
	a, err := arn.Parse(name)
	return err == nil && a.Service == service && a.Region != "" && a.Resource != ""
}

// region is where a secret of AWS is, if its ARN says so.
func (r Reference) region() string {
	a, err := arn.Parse(r.Name)
	if err != nil {
		return ""
	}
	return a.Region
}
