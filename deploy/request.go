package deploy

// Request is the one JSON value that starts an operation. It is small enough
// to be typed into the start form of the Temporal UI; the deployment's name is
// not part of it, because the name is the Temporal workflow ID.
type Request struct {
	// Blueprint names a built-in blueprint, for example "glusterfs".
	Blueprint string `json:"blueprint"`
	// Source is the text of a blueprint, in YAML or as an Aeolus deployable; it
	// takes the place of the built-in one of the same name. At most
	// MaxSourceBytes long.
	Source string `json:"source,omitempty"`
	// Parameters gives values to the blueprint's parameters. Numbers and
	// booleans may be given as strings, as a command line must.
	Parameters map[string]any `json:"parameters,omitempty"`
	// Files are the local files that the blueprint names, by the path as it is
	// written there. At most MaxFilesBytes in all; base64 in JSON.
	Files map[string][]byte `json:"files,omitempty"`
	// Provider names where the nodes come from; empty means the worker's default.
	Provider string `json:"provider,omitempty"`
	// OnFailure says what happens when a step fails for good: OnFailurePause,
	// which is the default, OnFailureRollback or OnFailureFail.
	OnFailure string `json:"on_failure,omitempty"`
	// Mode says whether to act: ModeDeploy, which is the default, or ModeCheck.
	Mode string `json:"mode,omitempty"`
}

// What an operation does.
const (
	// ModeDeploy brings the deployment to what the request says.
	ModeDeploy = "deploy"
	// ModeCheck tells what differs from what the request says, and changes nothing.
	ModeCheck = "check"
)

// Modes are the choices, the default first.
var Modes = []string{ModeDeploy, ModeCheck}

// MaxSourceBytes bounds the blueprint text a request may carry. A Temporal
// payload may have 2 MiB; the rest of the request and its copy in the plan
// need room too.
const MaxSourceBytes = 512 << 10

// MaxFilesBytes bounds the files that a request may carry, in all. They stand in
// the plan, too, which has to fit into one Temporal payload.
const MaxFilesBytes = 1 << 20

// What happens when a step fails for good.
const (
	// OnFailurePause lets the deployment wait for a person, who retries, skips or
	// aborts, while whatever does not depend on the step goes on.
	OnFailurePause = "pause"
	// OnFailureRollback unmakes what this run made, once every step that runs
	// has come to its end; what was there before stays.
	OnFailureRollback = "rollback"
	// OnFailureFail ends the deployment as failed once every step that runs has
	// come to its end; what was made stays, and deploying again goes on from there.
	OnFailureFail = "fail"
)

// OnFailures are the choices, the default first.
var OnFailures = []string{OnFailurePause, OnFailureRollback, OnFailureFail}

// DestroyRequest is the one JSON value that starts Destroy. The deployment to
// be destroyed is the one that the workflow ID names.
type DestroyRequest struct {
	// Provider names where the nodes come from; empty means the worker's default.
	Provider string `json:"provider,omitempty"`
	// Confirm repeats the deployment's name, where the deployment may hold data.
	Confirm string `json:"confirm,omitempty"`
	// Only names single things that were left behind, such as "volume vol-0a1b": then
	// these are removed and nothing else. What there is, "aiolos orphans" tells.
	Only []string `json:"only,omitempty"`
}
