package nodeimage

import (
	"bytes"
	"context"
	"fmt"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/build"
	"github.com/moby/moby/client"
)

// Ensure returns the name of the variant's image in the engine, and builds it
// where it is missing. The name holds a hash of what the image is built from:
// an image is built once, and anew only when that changes. Progress is told in
// short lines what is going on; it may be nil.
//
// Errors are *BaseError where no Debian could be had to build on, and
// *BuildError where the build itself failed.
func Ensure(ctx context.Context, cli *client.Client, v Variant, progress func(string)) (ref string, err error) {
	if progress == nil {
		progress = func(string) {}
	}
	files, err := buildContext(v)
	if err != nil {
		return "", err
	}
	ref = reference(v, files)
	there, err := exists(ctx, cli, ref)
	if err != nil || there {
		return ref, err
	}
	done, err := takeTurn(ctx, progress)
	if err != nil {
		return "", err
	}
	defer done()
	// Whoever had the turn before may have made it.
	there, err = exists(ctx, cli, ref)
	if err != nil || there {
		return ref, err
	}
	base, err := ensureBase(ctx, cli, progress)
	if err != nil {
		return "", err
	}
	progress("building the image " + ref)
	// The classic builder is asked for, as BuildKit needs a session of its own.
	result, err := cli.ImageBuild(ctx, bytes.NewReader(files), client.ImageBuildOptions{
		Tags:        []string{ref},
		BuildArgs:   map[string]*string{"BASE": &base},
		Labels:      map[string]string{Label: string(v)},
		Remove:      true,
		ForceRemove: true,
		Version:     build.BuilderV1,
	})
	if err != nil {
		return "", &BuildError{Image: ref, Err: err}
	}
	defer func() { _ = result.Body.Close() }()
	log, err := follow(result.Body, func(line string) { progress(string(v) + " image: " + line) })
	if err != nil {
		return "", &BuildError{Image: ref, Log: log, Err: err}
	}
	progress("built the image " + ref)
	return ref, nil
}

// exists says whether the engine has an image of that name.
func exists(ctx context.Context, cli *client.Client, ref string) (bool, error) {
	_, err := cli.ImageInspect(ctx, ref)
	switch {
	case errdefs.IsNotFound(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("look for image %s: %w", ref, err)
	}
	return true, nil
}
