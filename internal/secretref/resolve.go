package secretref

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"aiolos/internal/trust"
)

// Resolver finds secrets. The zero Resolver takes AWS's settings from where AWS's
// own tools take them, when the first reference needs them. It can be used by
// several goroutines, and must not be copied once it is used.
type Resolver struct {
	// LoadAWS loads the settings of AWS: region, credentials, endpoints. It is
	// config.LoadDefaultConfig where it is nil.
	LoadAWS func(context.Context) (aws.Config, error)

	mu     sync.Mutex
	stores *stores
}

// Resolve finds the secret that a reference in a field of the configuration
// stands for. Nothing is kept: a later call finds a secret that was replaced.
// Errors are *FormatError and *Error; neither shows any of the secret.
func (r *Resolver) Resolve(ctx context.Context, field, text string) (Value, error) {
	reference, err := Parse(field, text)
	if err != nil {
		return Value{}, err
	}
	b, err := r.find(ctx, reference)
	if err == nil {
		err = check(b)
	}
	if err == nil {
		return value(b), nil
	}
	var wrong *Error
	if !errors.As(err, &wrong) {
		wrong = &Error{Problem: "it was not found", Err: err}
	}
	wrong.Field, wrong.Reference = field, reference.String()
	return Value{}, wrong
}

func (r *Resolver) find(ctx context.Context, reference Reference) ([]byte, error) {
	switch reference.Scheme {
	case File:
		return file(reference.Name)
	case Environment:
		text, ok := os.LookupEnv(reference.Name)
		if !ok {
			return nil, &Error{Problem: "the variable is not set", Allowed: "a variable of the worker's environment"}
		}
		return []byte(text), nil
	}
	stores, err := r.aws(ctx)
	if err != nil {
		return nil, err
	}
	if reference.Scheme == ParameterStore {
		return stores.parameter(ctx, reference)
	}
	return stores.secret(ctx, reference)
}

// file reads a file without its last line end, which editors and echo put there.
func file(path string) ([]byte, error) {
	// Room for the line end.
	b, err := trust.ReadFile(path, MaxSize+2)
	var wrong *trust.FileError
	switch {
	case errors.As(err, &wrong):
		// The path stands there already.
		return nil, &Error{Problem: wrong.Problem, Allowed: wrong.Allowed, Err: cause(wrong.Err)}
	case err != nil:
		return nil, err
	}
	return []byte(strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")), nil
}

// cause takes the path from what the operating system said.
func cause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// aws loads the settings of AWS once they are needed. A failure is not kept.
func (r *Resolver) aws(ctx context.Context) (*stores, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stores != nil {
		return r.stores, nil
	}
	load := r.LoadAWS
	if load == nil {
		load = func(ctx context.Context) (aws.Config, error) { return config.LoadDefaultConfig(ctx) }
	}
	cfg, err := load(ctx)
	if err != nil {
		return nil, &Error{Problem: "the settings of AWS cannot be loaded", Err: err}
	}
	r.stores = newStores(cfg)
	return r.stores, nil
}

// check bounds a secret.
func check(b []byte) error {
	switch {
	case len(b) == 0:
		return &Error{Problem: "it is empty", Allowed: fmt.Sprintf("1 to %d bytes", MaxSize)}
	case len(b) > MaxSize:
		return &Error{Problem: fmt.Sprintf("it has %d bytes", len(b)), Allowed: fmt.Sprintf("1 to %d bytes", MaxSize)}
	}
	return nil
}
