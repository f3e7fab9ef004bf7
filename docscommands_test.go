package aiolos_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/activities"
	"aiolos/starter/command"
)

// TestDocumentedCommands reads every command line of aiolos in the docs as the command
// line itself would: there is such a command, it takes these flags with these values,
// and so many arguments.
func TestDocumentedCommands(t *testing.T) {
	read := 0
	for _, page := range pages(t) {
		for _, line := range commandLines(page.text) {
			read++
			if err := parse(line); err != nil {
				t.Errorf("%s: aiolos %s: %v", page.path, strings.Join(line.words, " "), err)
			}
		}
	}
	const few = 60
	require.Greater(t, read, few, "command lines were read")
}

// TestCommandLineReader shows that wrong lines are found.
func TestCommandLineReader(t *testing.T) {
	for text, wrong := range map[string]string{
		"```sh\nbin/aiolos deploy a glusterfs --nodes 3\n```":        "unknown flag",
		"```sh\nX=1 bin/aiolos depoly a glusterfs\n```":              "no such command",
		"```sh\nbin/aiolos deploy a\n```":                            "BLUEPRINT is missing",
		"```sh\nif x; then aiolos history a --last many; fi\n```":    "invalid argument",
		"`aiolos retry NAME [STEP] [--nod NODE]`":                    "unknown flag",
		"say `aiolos retry`":                                         "",
		"`aiolos graph FILE -o picture.svg`":                         "",
		"```sh\nbin/aiolos init > 'a b.yaml' # --x\n```":             "",
		"```sh\nbin/aiolos deploy a \\\n  glusterfs -p x='y z'\n```": "",
	} {
		lines := commandLines(text)
		require.Len(t, lines, 1, text)
		err := parse(lines[0])
		if wrong == "" {
			require.NoError(t, err, text)
		} else {
			require.ErrorContains(t, err, wrong, text)
		}
	}
}

// commandLine is one use of aiolos in a page. Prose may name a command alone, and
// leave its arguments to the reader.
type commandLine struct {
	words []string
	named bool
}

func commandLines(text string) []commandLine {
	var all []commandLine
	for _, block := range fence.FindAllString(text, -1) {
		language, body, _ := strings.Cut(strings.TrimLeft(block, " `"), "\n")
		if language != "sh" && language != "bash" {
			continue
		}
		for line := range strings.SplitSeq(strings.ReplaceAll(body, "\\\n", " "), "\n") {
			for _, words := range simpleCommands(line) {
				for i, word := range words {
					if word == "aiolos" || word == "bin/aiolos" {
						all = append(all, commandLine{words: words[i+1:]})
						break
					}
				}
			}
		}
	}
	for _, m := range regexp.MustCompile("`(?:bin/)?aiolos ([^`\n]+)`").FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		// What is in brackets may be left out; it has to be right all the same.
		words := strings.Fields(strings.NewReplacer("[", " ", "]", " ", `\|`, "|").Replace(m[1]))
		all = append(all, commandLine{words: words, named: len(words) == 1})
	}
	return all
}

// simpleCommands splits a line of shell into its commands, each of words. It knows as
// much of quoting, comments, pipes and redirections as the docs need.
func simpleCommands(line string) [][]string {
	token := regexp.MustCompile(`#.*|\d?>>?&?\d?|[|;&<()]+|(?:"[^"]*"|'[^']*'|[^\s"'|;&<>()])+`)
	var all [][]string
	var words []string
	redirected := false
	for _, t := range token.FindAllString(line, -1) {
		switch {
		case strings.HasPrefix(t, "#"):
		case strings.Contains(t, ">") && !strings.ContainsAny(t, `"'`), t == "<":
			redirected = !strings.Contains(t, "&")
		case strings.ContainsAny(t[:1], "|;&()"):
			all, words, redirected = append(all, words), nil, false
		case redirected:
			redirected = false
		default:
			words = append(words, strings.NewReplacer(`"`, "", `'`, "").Replace(t))
		}
	}
	return append(all, words)
}

// parse has cobra read the line, without carrying it out.
func parse(line commandLine) error {
	all := command.Commands(command.Setting{Getenv: func(string) string { return "" }, Actions: activities.Types()})
	root := all[0].Root()
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	found, rest, err := root.Find(line.words)
	if err != nil {
		return err
	}
	if found == root {
		if line.words[0] == "--help" || line.words[0] == "COMMAND" {
			return nil
		}
		return fmt.Errorf("no such command: %q", line.words[0])
	}
	found.InitDefaultHelpFlag()
	if err := found.ParseFlags(rest); err != nil {
		return err
	}
	if help, err := found.Flags().GetBool("help"); err == nil && help || line.named {
		return nil
	}
	if err := found.ValidateArgs(found.Flags().Args()); err != nil {
		return errors.Join(errors.New("arguments"), err)
	}
	return nil
}
