package activities

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/internal/job"
	"aiolos/internal/remote/remotetest"
)

// elsewhere stands in for what files come from.
type elsewhere struct{}

func (elsewhere) Get(_ context.Context, url, wanted string) ([]byte, string, error) {
	if wanted != "" && wanted != digest {
		return nil, "", errors.New("another digest")
	}
	return []byte("from " + url), digest, nil
}

func (elsewhere) File(_ context.Context, deployment, run, name string) ([]byte, error) {
	return []byte(deployment + " " + run + " " + name), nil
}

func (elsewhere) Resolve(context.Context, string, string) (string, error) { return "c0ffee", nil }

func (elsewhere) Archive(_ context.Context, _, commit string) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range []struct {
		name string
		mode int64
		text string
	}{{"top", 0o644, commit}, {"dir/", 0o755, ""}, {"dir/tool", 0o755, "tool"}, {"dir/sub/", 0o755, ""}, {"dir/sub/deep", 0o600, "deep"}, {"dirt", 0o644, "dirt"}} {
		h := &tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.text)), Typeflag: tar.TypeReg}
		if f.text == "" {
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := io.WriteString(w, f.text); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), w.Close()
}

const digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func deeds() *Deeds {
	return &Deeds{Hosts: hosts{}, Fetcher: elsewhere{}, Requests: elsewhere{}, Sources: elsewhere{}}
}

// TestFilesArriveOnTheNode packs files of every origin and has guard.sh put them
// in their places, with a real shell.
func TestFilesArriveOnTheNode(t *testing.T) {
	root := t.TempDir()
	content, blank := "hello\n", ""
	config := RunConfig{
		Script: "#!/bin/sh\ncat a/text empty req web dir/tool dir/sub/deep one; stat -c '%a' a/text a web dir/tool dir/sub/deep one; ls -A .aiolos | tr '\\n' ' '",
		Files: []RunFile{
			{Path: "a/text", Content: &content, Mode: "0600"}, {Path: "empty", Content: &blank},
			{Path: "req", File: "./x"}, {Path: "web", URL: "https://example.com/f", SHA256: digest, Mode: "0755"},
			{Path: "dir", Git: "https://example.com/r", Ref: "v1", Commit: "c0ffee", Source: "dir"},
			{Path: "one", Git: "https://example.com/r", Ref: "v1", Commit: "c0ffee", Source: "top", Mode: "0640"},
			{Path: root + "/etc/it's here", Content: &content, Mode: "0640"},
			{Path: root + "/tree", Git: "https://example.com/r", Ref: "v1", Commit: "c0ffee"},
		},
	}
	require.Empty(t, checkRun(config))
	run := func(id string) job.Result {
		archive, err := deeds().pack(context.Background(), ActionInput[RunConfig]{Deployment: "d", Run: "r", Config: config})
		require.NoError(t, err)
		result, err := job.Dir(filepath.Join(root, "jobs")).Run(context.Background(), &remotetest.Local{},
			job.Spec{ID: id, Tag: "x", Script: guardScript, Archive: archive}, func(job.Progress) {})
		require.NoError(t, err)
		require.Equal(t, 0, result.Exit, "%s", result.Tail)
		return result
	}
	first := run("first")
	require.Equal(t, "hello\nd r ./xfrom https://example.com/ftooldeepc0ffee600\n755\n755\n755\n600\n640\ninstall script ", string(first.Tail))
	read := func(path string) string {
		text, err := os.ReadFile(filepath.Join(root, path))
		require.NoError(t, err)
		return string(text)
	}
	require.Equal(t, "hello\n", read("etc/it's here"))
	require.Equal(t, "deep", read("tree/dir/sub/deep"))
	require.Equal(t, "c0ffee", read("tree/top"))
	before, err := os.Stat(filepath.Join(root, "etc/it's here"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o640), before.Mode())
	run("again")
	after, err := os.Stat(filepath.Join(root, "etc/it's here"))
	require.NoError(t, err)
	require.True(t, os.SameFile(before, after), "a file that is right is left alone")
	content = "other"
	run("changed")
	require.Equal(t, "other", read("etc/it's here"))
}

func TestFileThatARepositoryLacks(t *testing.T) {
	_, err := deeds().pack(context.Background(), ActionInput[RunConfig]{Config: RunConfig{Files: []RunFile{
		{Path: "x", Git: "https://example.com/r", Ref: "v1", Commit: "c0ffee", Source: "nothing"},
	}}})
	var k kinded
	require.ErrorAs(t, err, &k)
	require.Equal(t, deploy.KindSource, k.Kind())
	require.ErrorContains(t, err, "https://example.com/r has no nothing at v1 (commit c0ffee)")
}

func TestWrongFiles(t *testing.T) {
	text := "x"
	for field, f := range map[string]RunFile{
		"files[0].path":    {Path: "../x", Content: &text},
		"files[0].content": {Path: "x"},
		"files[0].file":    {Path: "x", Content: &text, File: "y"},
		"files[0].ref":     {Path: "x", Git: "https://example.com/r"},
		"files[0].source":  {Path: "x", Git: "https://example.com/r", Ref: "v", Source: "../y"},
		"files[0].url":     {Path: "x", URL: "ftp://example.com/x"},
		"files[0].sha256":  {Path: "x", URL: "https://example.com/x", SHA256: "abc"},
		"files[0].mode":    {Path: "x", Content: &text, Mode: "rwx"},
	} {
		problems := checkRun(RunConfig{Script: "x", Files: []RunFile{f}})
		require.Len(t, problems, 1, field)
		require.Equal(t, field, problems[0].Field)
		require.NotEmpty(t, problems[0].Allowed)
	}
	for _, path := range []string{"", ".", "/", "a/../b", "/a/", "./a", "a//b", ".aiolos/script", ".aiolos", "a\nb"} {
		require.Len(t, checkRun(RunConfig{Script: "x", Files: []RunFile{{Path: path, Content: &text}}}), 1, "%q", path)
	}
	twice := checkRun(RunConfig{Script: "x", Files: []RunFile{{Path: "a", Content: &text}, {Path: "a", Content: &text}}})
	require.Len(t, twice, 1)
	require.Equal(t, "files[1].path", twice[0].Field)
}

const pinned = `
name: x
parameters: {tag: {type: string, default: v1}}
groups: {web: {count: 1, profile: p}}
steps:
  s:
    on: web
    run:
      script: x
      files:
        - {path: a, content: "${node.address}"}
        - {path: b, url: "https://example.com/${params.tag}"}
        - {path: c, git: "https://example.com/r", ref: "${params.tag}"}
        - {path: d, url: "https://example.com/fixed", sha256: "` + digest + `"}
`

func TestFilesArePinned(t *testing.T) {
	b, err := deploy.ReadBlueprint("x", []byte(pinned), Types())
	require.NoError(t, err)
	plan, err := b.Plan("d", deploy.Request{}, "docker", nil)
	require.NoError(t, err)
	require.NoError(t, deeds().pin(context.Background(), plan))
	require.JSONEq(t, `{"script": "x", "files": [
		{"path": "a", "content": "${node.address}"},
		{"path": "b", "url": "https://example.com/v1", "sha256": "`+digest+`"},
		{"path": "c", "git": "https://example.com/r", "ref": "v1", "commit": "c0ffee"},
		{"path": "d", "url": "https://example.com/fixed", "sha256": "`+digest+`"}]}`, string(plan.Steps[0].Config))
}

func TestFileThatIsNotKnownYet(t *testing.T) {
	b, err := deploy.ReadBlueprint("x", []byte("name: x\ngroups: {web: {count: 1, profile: p}}\nsteps:\n  s: {on: web, run: {script: x, files: [{path: a, url: 'https://${node.hostname}/x'}]}}\n"), Types())
	require.NoError(t, err)
	plan, err := b.Plan("d", deploy.Request{}, "docker", nil)
	require.NoError(t, err)
	var invalid *deploy.InvalidError
	require.ErrorAs(t, deeds().pin(context.Background(), plan), &invalid)
	require.Equal(t, "run.files[0].url", invalid.Problems[0].Field)
}
