package deploy

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// maxHostname is how long a label of a host name may be (RFC 1123).
const maxHostname = 63

var (
	deploymentName = regexp.MustCompile(`\A[a-z]([a-z0-9-]{0,38}[a-z0-9])?\z`)
	blueprintName  = regexp.MustCompile(`\A[a-z][a-z0-9-]{0,39}\z`)
	providerName   = regexp.MustCompile(`\A[a-z][a-z0-9-]{0,39}\z`)
	groupName      = regexp.MustCompile(`\A[a-z][a-z0-9]{0,19}\z`)
	stepName       = regexp.MustCompile(`\A[a-z][a-z0-9_-]{0,39}\z`)
	outputName     = regexp.MustCompile(`\A[a-z][a-z0-9_]{0,39}\z`)
	parameterName  = regexp.MustCompile(`\A[A-Za-z][A-Za-z0-9_./ -]{0,126}[A-Za-z0-9_]\z|\A[A-Za-z]\z`)
	factName       = regexp.MustCompile(`\A[A-Za-z_][A-Za-z0-9_-]{0,99}(\.[A-Za-z0-9_-]{1,100}){0,9}\z`)
	imageName      = regexp.MustCompile(`\A[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}\z`)
	labelName      = regexp.MustCompile(`\A[A-Za-z][A-Za-z0-9_.-]{0,62}\z`)
	labelValue     = regexp.MustCompile(`\A[A-Za-z0-9_.:/=+@ -]{0,255}\z`)
	profileName    = regexp.MustCompile(`\A[A-Za-z0-9][A-Za-z0-9._-]{0,62}\z`)
	deviceName     = regexp.MustCompile(`\A/dev/[a-z0-9]([a-z0-9/_-]{0,40}[a-z0-9])?\z`)
)

const (
	deploymentNameAllowed = "1 to 40 lower-case letters, digits and hyphens, a letter first and no hyphen last"
	blueprintNameAllowed  = "1 to 40 lower-case letters, digits and hyphens, a letter first"
	providerNameAllowed   = blueprintNameAllowed
	groupNameAllowed      = "1 to 20 lower-case letters and digits, a letter first, and no word that expressions use already"
	stepNameAllowed       = "1 to 40 lower-case letters, digits, hyphens and underscores, a letter first; not launch, connect or facts"
	parameterNameAllowed  = "1 to 128 letters, digits, underscores, dots, hyphens, slashes and spaces, a letter first and a letter or digit last, and no word reserved in CEL"
	factNameAllowed       = "a fact of facter: letters, digits, underscores and hyphens, parts with dots between them"
	imageNameAllowed      = "1 to 255 letters, digits and ._/:@-, a letter or digit first"
	labelNameAllowed      = "1 to 63 letters, digits and _.-, a letter first"
	labelValueAllowed     = "up to 255 letters, digits, spaces and _.:/=+@-"
	outputNameAllowed     = "1 to 40 lower-case letters, digits and underscores, a letter first"
	profileNameAllowed    = "1 to 63 letters, digits, dots, hyphens and underscores"
	deviceNameAllowed     = "a block device below /dev, for example /dev/xvdj"
)

// Words that CEL reserves, and words that mean something in expressions.
var (
	celReserved = []string{
		"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
		"namespace", "null", "package", "return", "true", "var", "void", "while",
	}
	expressionWords = []string{
		"params", "node", "nodes", "facts", "bool", "bytes", "double", "duration", "dyn", "google", "int", "list", "map",
		"string", "timestamp", "type", "uint",
	}
)

func isGroupName(name string) bool {
	return groupName.MatchString(name) && !slices.Contains(celReserved, name) && !slices.Contains(expressionWords, name)
}

func isStepName(name string) bool {
	return stepName.MatchString(name) && name != StepLaunch && name != StepConnect && name != StepFacts
}

func isParameterName(name string) bool {
	return parameterName.MatchString(name) && !slices.Contains(celReserved, name)
}

// CheckName says whether a deployment may have that name: a label of a host name
// (RFC 1123) of at most 40 characters that begins with a letter. The error is
// an *InvalidError.
func CheckName(deployment string) error {
	if deploymentName.MatchString(deployment) {
		return nil
	}
	var p problems
	p.add(position{}, "deployment", shown(deployment), deploymentNameAllowed)
	return p.err()
}

// NodeName names the node of a group: number 17 of storage is "storage-17".
func NodeName(group string, index int) string { return fmt.Sprintf("%s-%d", group, index) }

// SplitNodeName reads what NodeName has composed.
func SplitNodeName(name string) (group string, index int, ok bool) {
	at := strings.LastIndexByte(name, '-')
	if at < 0 {
		return "", 0, false
	}
	index, err := strconv.Atoi(name[at+1:])
	return name[:at], index, err == nil && index >= 0 && NodeName(name[:at], index) == name
}
