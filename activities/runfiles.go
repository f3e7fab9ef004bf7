package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"aiolos/deploy"
)

// RunFile is a file that a script needs, or a directory of a git repository.
// It has exactly one of content, file, git and url.
type RunFile struct {
	// Path is where it is put: relative to the script's working directory, or
	// an absolute path on the node.
	Path string `json:"path"`
	// Content is the file's text.
	Content *string `json:"content,omitempty"`
	// File is a local file beside the blueprint; it travels in the request.
	File string `json:"file,omitempty"`
	// Git is the URL of a repository, Ref its tag, branch or commit, and Source
	// the file or directory in it; all of it unless given.
	Git    string `json:"git,omitempty"`
	Ref    string `json:"ref,omitempty"`
	Source string `json:"source,omitempty"`
	// Commit is what Ref stood for when the plan was made. The plan sets it.
	Commit string `json:"commit,omitempty"`
	// URL is fetched by the worker, over http or https.
	URL string `json:"url,omitempty"`
	// SHA256 is the digest that the content of URL has to have, in hex. The
	// plan sets it to what is there when the plan is made, unless it is given.
	SHA256 string `json:"sha256,omitempty"`
	// Mode is the file's mode in octal, "0644" unless given. A directory of a
	// git repository keeps the modes that it has there.
	Mode string `json:"mode,omitempty"`
}

// maxRunFiles bounds the files of a step.
const maxRunFiles = 1000

var (
	fileMode   = regexp.MustCompile(`\A0?[0-7]{3,4}\z`)
	fileDigest = regexp.MustCompile(`\A[0-9a-f]{64}\z`)
)

func checkFiles(files []RunFile) []deploy.Problem {
	if len(files) > maxRunFiles {
		return []deploy.Problem{{Field: "files", Value: strconv.Itoa(len(files)), Allowed: fmt.Sprintf("at most %d", maxRunFiles)}}
	}
	var problems []deploy.Problem
	seen := map[string]bool{}
	for i, f := range files {
		field := fmt.Sprintf("files[%d]", i)
		add := func(name, value, allowed string) {
			problems = append(problems, deploy.Problem{Field: field + "." + name, Value: value, Allowed: allowed})
		}
		if !isPlace(f.Path) {
			add("path", f.Path, "a relative path within the working directory, or an absolute one, without . and .., and not below "+ownDir)
		}
		if seen[f.Path] {
			add("path", f.Path, "each path once")
		}
		seen[f.Path] = true
		f.checkOrigin(add)
		if f.Mode != "" && !fileMode.MatchString(f.Mode) {
			add("mode", f.Mode, `a mode in octal, in quotes, like "0644"`)
		}
	}
	return problems
}

// checkOrigin says what is wrong with where a file comes from.
func (f RunFile) checkOrigin(add func(name, value, allowed string)) {
	origins := map[string]bool{"content": f.Content != nil, "file": f.File != "", "git": f.Git != "", "url": f.URL != ""}
	var given []string
	for _, name := range []string{"content", "file", "git", "url"} {
		if origins[name] {
			given = append(given, name)
		}
	}
	switch {
	case len(given) == 0:
		add("content", "", "one of: content, file, git, url")
	case len(given) > 1:
		add(given[1], "", "only one of: "+strings.Join(given, ", "))
	}
	if f.Git != "" && f.Ref == "" {
		add("ref", "", "a tag, branch or commit of "+f.Git)
	}
	if f.Git == "" && f.Ref != "" {
		add("ref", f.Ref, "only beside git")
	}
	if f.Source != "" && (f.Git == "" || path.IsAbs(f.Source) || path.Clean(f.Source) != f.Source || strings.HasPrefix(f.Source, "..")) {
		add("source", f.Source, "only beside git: a relative path within the repository")
	}
	if u, err := url.Parse(f.URL); f.URL != "" && (err != nil || u.Host == "" || !slices.Contains([]string{"http", "https"}, u.Scheme)) {
		add("url", f.URL, "an http or https URL")
	}
	if f.SHA256 != "" && (f.URL == "" || !fileDigest.MatchString(f.SHA256)) {
		add("sha256", f.SHA256, "only beside url: 64 hexadecimal digits")
	}
}

// isPlace says whether a file may be put there.
func isPlace(p string) bool {
	clean := path.Clean(p)
	return p != "" && clean == p && clean != "." && clean != "/" && clean != ".." && !strings.HasPrefix(clean, "../") &&
		clean != ownDir && !strings.HasPrefix(clean, ownDir+"/") && !strings.ContainsAny(p, "\x00\n") && len(p) < 4096
}

// localFiles are those that the blueprint names by "file".
func localFiles(config map[string]any) []string {
	items, _ := config["files"].([]any)
	var all []string
	for _, item := range items {
		if fields, ok := item.(map[string]any); ok {
			if name, ok := fields["file"].(string); ok && name != "" {
				all = append(all, name)
			}
		}
	}
	return all
}

// pinRun writes beside every file from elsewhere which version of it is meant.
func pinRun(ctx context.Context, d *Deeds, config map[string]json.RawMessage) error {
	if config["files"] == nil {
		return nil
	}
	var files []map[string]json.RawMessage
	if err := json.Unmarshal(config["files"], &files); err != nil {
		return err
	}
	for i, f := range files {
		text := func(name string) string {
			var s string
			_ = json.Unmarshal(f[name], &s) // what is not there is empty
			return s
		}
		field := fmt.Sprintf("files[%d].", i)
		switch {
		case text("url") != "" && text("sha256") == "":
			if err := settled(field+"url", text("url")); err != nil {
				return err
			}
			_, digest, err := d.Fetcher.Get(ctx, text("url"), "")
			if err != nil {
				return err
			}
			f["sha256"], _ = json.Marshal(digest)
		case text("git") != "" && text("ref") != "":
			if err := settled(field+"git", text("git")+text("ref")); err != nil {
				return err
			}
			commit, err := d.Sources.Resolve(ctx, text("git"), text("ref"))
			if err != nil {
				return err
			}
			f["commit"], _ = json.Marshal(commit)
		}
	}
	var err error
	config["files"], err = json.Marshal(files)
	return err
}

// settled refuses what is not known when the plan is made.
func settled(field, value string) error {
	if !strings.Contains(value, "${") {
		return nil
	}
	return &deploy.InvalidError{Problems: []deploy.Problem{{Field: "run." + field, Value: value, Allowed: "a value that only depends on parameters"}}}
}
