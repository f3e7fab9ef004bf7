package deploy

// What a notation that is translated into the language has to know of it, so
// that what it is told is about its own text and not about the translation.

// NameRule says which names something in a blueprint may have.
type NameRule struct {
	// Allowed says it in words.
	Allowed string
	// OK says whether a name is allowed.
	OK func(name string) bool
}

// The rules of names.
var (
	GroupNames     = NameRule{groupNameAllowed, isGroupName}
	StepNames      = NameRule{stepNameAllowed, isStepName}
	ParameterNames = NameRule{parameterNameAllowed, isParameterName}
	ProfileNames   = NameRule{profileNameAllowed, profileName.MatchString}
	ImageNames     = NameRule{imageNameAllowed, imageName.MatchString}
	DeviceNames    = NameRule{deviceNameAllowed, deviceName.MatchString}
	FactNames      = NameRule{factNameAllowed, factName.MatchString}
)

// Bounds of a blueprint.
const (
	MaxGroups      = maxGroups
	MaxSteps       = maxSteps
	MaxExpressions = maxExpressions
)

// Escape makes a text of a blueprint that stands for the literal text.
func Escape(text string) string { return escape(text) }

// Suggest says which names are known, and first the one that was probably meant.
func Suggest(name string, known []string) string { return suggest(name, known) }
