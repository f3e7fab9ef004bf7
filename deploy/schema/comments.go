package schema

import (
	_ "embed"
	"encoding/json"
	"strconv"

	"aiolos/deploy"
)

// commentsText is what the sources say about the fields of configurations and
// requests. A program does not have its own sources any more, so the test of
// this package keeps a copy: go test ./deploy/schema -update.
//
//go:embed comments.json
var commentsText []byte

// comments are by package, type and field.
var comments = func() map[string]string {
	all := map[string]string{}
	// It is written by the test; what it does not tell is left out of a schema.
	_ = json.Unmarshal(commentsText, &all)
	return all
}()

// constants is how a schema says what the sources name.
var constants = map[string]string{
	"MaxSourceBytes":    strconv.Itoa(deploy.MaxSourceBytes) + " bytes",
	"MaxFilesBytes":     strconv.Itoa(deploy.MaxFilesBytes) + " bytes",
	"ModeDeploy":        "`" + deploy.ModeDeploy + "`",
	"ModeCheck":         "`" + deploy.ModeCheck + "`",
	"StepLaunch":        "`" + deploy.StepLaunch + "`",
	"StepConnect":       "`" + deploy.StepConnect + "`",
	"OnFailurePause":    "`" + deploy.OnFailurePause + "`",
	"OnFailureRollback": "`" + deploy.OnFailureRollback + "`",
	"OnFailureFail":     "`" + deploy.OnFailureFail + "`",
}
