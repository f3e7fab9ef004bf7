package activities

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"

	"go.temporal.io/sdk/activity"

	"aiolos/deploy"
	"aiolos/internal/job"
)

// Secrets opens and seals sensitive values. Sealed they may stand in histories.
type Secrets interface {
	// Open returns the value that was sealed for the deployment.
	Open(deployment, sealed string) ([]byte, error)
	// Seal makes a value such that only a worker opens it, for that deployment only.
	Seal(deployment string, plain []byte) (string, error)
	// Key is what others seal with.
	Key() deploy.SealingKey
}

func (d *Deeds) seal(deployment, plain string) (string, error) {
	return d.Secrets.Seal(deployment, []byte(plain))
}

// open replaces every sealed value in a configuration, and returns what was
// inside: it is the last moment before they are used, and they go no further
// than to the node.
func (d *Deeds) open(deployment string, config any) ([]string, error) {
	var opened []string
	var failed error
	walkStrings(reflect.ValueOf(config), func(text string) string {
		if failed != nil || !deploy.HasSealed(text) {
			return text
		}
		plain, err := deploy.ReplaceSealed(text, func(sealed string) (string, error) {
			value, err := d.Secrets.Open(deployment, sealed)
			if err == nil && len(value) > 0 {
				opened = append(opened, string(value))
			}
			return string(value), err
		})
		if err != nil {
			failed = err
		}
		return plain
	})
	slices.Sort(opened)
	return slices.Compact(opened), failed
}

// walkStrings replaces every string within a value, which v points to.
func walkStrings(v reflect.Value, replace func(string) string) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			walkStrings(v.Elem(), replace)
		}
	case reflect.String:
		if v.CanSet() {
			v.SetString(replace(v.String()))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			walkStrings(v.Field(i), replace)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			walkStrings(v.Index(i), replace)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			// What a map holds cannot be set in place.
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(v.MapIndex(key))
			walkStrings(value, replace)
			v.SetMapIndex(key, value)
		}
	}
}

type secretsKey struct{}

// withSecrets lets the jobs of an action know what must not be seen.
func withSecrets(ctx context.Context, secrets []string) context.Context {
	return context.WithValue(ctx, secretsKey{}, secrets)
}

func secretsOf(ctx context.Context) []string {
	secrets, _ := ctx.Value(secretsKey{}).([]string)
	return secrets
}

// hide takes secrets out of what an action tells. A fact that holds one is
// sealed as a whole, whatever the blueprint says of it: a script that repeats
// its input must not bring it into the history.
func (d *Deeds) hide(deployment string, secrets []string, r *ActionResult) error {
	if len(secrets) == 0 {
		return nil
	}
	r.Message = job.Mask(secrets, r.Message)
	for i := range r.Changes {
		r.Changes[i] = job.Mask(secrets, r.Changes[i])
	}
	for _, name := range sortedNames(r.Facts) {
		text, ok := r.Facts[name].(string)
		if !ok || !slices.ContainsFunc(secrets, func(s string) bool { return strings.Contains(text, s) }) {
			continue
		}
		sealed, err := d.seal(deployment, text)
		if err != nil {
			return err
		}
		r.Facts[name] = sealed
	}
	return nil
}

// hiddenError tells an error without the secrets that it holds.
type hiddenError struct {
	error
	secrets []string
}

func (e *hiddenError) Error() string { return job.Mask(e.secrets, e.error.Error()) }
func (e *hiddenError) Unwrap() error { return e.error }

// Evidence is the error's own, without the secrets.
func (e *hiddenError) Evidence() []string {
	var own evident
	if !errors.As(e.error, &own) {
		return nil
	}
	lines := slices.Clone(own.Evidence())
	for i := range lines {
		lines[i] = job.Mask(e.secrets, lines[i])
	}
	return lines
}

// SealingKeyInput asks for nothing in particular.
type SealingKeyInput struct{}

// SealingKey returns the key that sensitive values are sealed with.
func (d *Deeds) SealingKey(context.Context, SealingKeyInput) (deploy.SealingKey, error) {
	return d.Secrets.Key(), nil
}

// ScrubInput names a job that had to do with sensitive values.
type ScrubInput struct {
	Deployment string      `json:"deployment"`
	Run        string      `json:"run"`
	Step       string      `json:"step"`
	Attempt    int         `json:"attempt"`
	Node       deploy.Node `json:"node"`
}

// ScrubResult is empty.
type ScrubResult struct{}

// Scrub removes from a job's directory what may hold sensitive values, once
// the workflow has recorded the result: until then, another worker may have to
// read it. It may be repeated.
func (d *Deeds) Scrub(ctx context.Context, in ScrubInput) (ScrubResult, error) {
	h := startHeart(ctx)
	defer h.stop()
	// An operation that was taken up may have begun the job anew, see takenUp.
	runs := []string{in.Run}
	if activity.IsActivity(ctx) {
		runs = append(runs, activity.GetInfo(ctx).WorkflowExecution.RunID)
	}
	var all []error
	for _, run := range slices.Compact(runs) {
		all = append(all, job.Scrub(ctx, d.Hosts.Runner(in.Deployment, in.Node), jobID(in.Deployment, run, in.Step, in.Node.Name, in.Attempt)))
	}
	return ScrubResult{}, translate(errors.Join(all...), in.Step, in.Node.Name)
}
