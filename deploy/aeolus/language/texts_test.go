package language_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"aiolos/activities"
	"aiolos/deploy"
	"aiolos/deploy/aeolus"
)

// written is a blueprint as far as these tests look at it.
type written struct {
	Name, Description string
	Parameters        map[string]struct {
		Type, Description string
		Default           yaml.Node
		Sensitive         bool
		Minimum           int
	}
	Groups map[string]struct {
		Count, Profile, Image string
		Facts                 []string
	}
	Steps map[string]struct {
		On    string
		Needs []yaml.Node
		Run   struct {
			Script string
			Env    map[string]string
			Files  []struct {
				Path, Mode, URL string
				Content         *string
			}
		}
	}
}

// source is a service that was made up.
type source struct {
	name, script string
	files        map[string]string
	parameters   map[string]string
}

// anyText makes texts of whatever a script may consist of, and of what a
// notation may trip over.
func anyText() *rapid.Generator[string] {
	part := rapid.OneOf(
		rapid.SampledFrom([]string{
			"\n", "\n\n", " ", "\t", "\r", "\r\n", "${", "$${", "$", "}", "{", "#", ": ", "- ", "---\n", "...\n", "|", ">", "'", `"`, `\`, "%", "&", "<", ">",
			"]]>", "\u0085", "\u2028", "\u00a0", "\u3000", "\ufeff", "\U0001f600", "é", "\x7f", "null", "1", "~", "!", "@", "`", "\ufffd",
		}),
		rapid.StringMatching(`[a-zA-Z0-9 =$/;\n]{0,30}`),
		rapid.StringOfN(rapid.Rune().Filter(inXML), 0, 5, -1),
	)
	return rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(part, 0, 12).Draw(t, "parts"), "") })
}

// inXML says whether a character may stand in a text of XML 1.0.
func inXML(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || (r >= ' ' && r <= 0xd7ff) || (r >= 0xe000 && r <= 0xfffd) || r >= 0x10000
}

// inline writes a text as XML, in one of the ways in which it can be.
func inline(t *rapid.T, text string) string {
	if strings.Contains(text, "\r") || strings.Contains(text, "]]>") || rapid.Bool().Draw(t, "escaped") {
		var b strings.Builder
		require.NoError(t, xml.EscapeText(&b, []byte(text)))
		return b.String()
	}
	return "<![CDATA[" + text + "]]>"
}

// TestTextsAreKept: whatever stands in a deployable is in the blueprint byte for
// byte, once its template is filled in.
func TestTextsAreKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sources := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) source {
			return source{
				name:       rapid.StringMatching(`[A-Za-z0-9]{1,8}`).Draw(t, "service"),
				script:     anyText().Draw(t, "script"),
				files:      rapid.MapOfN(rapid.StringMatching(`[a-z.-][A-Za-z0-9${}]{1,6}`), anyText(), 0, 3).Draw(t, "files"),
				parameters: rapid.MapOfN(rapid.StringMatching(`[A-Za-z0-9_]{0,5}[a-z0-9]`), anyText(), 0, 3).Draw(t, "parameters"),
			}
		}), 1, 3, func(s source) string { return s.name }).Draw(t, "services")
		description := anyText().Draw(t, "description")

		var b strings.Builder
		b.WriteString(`<deployable name="x"><description>` + inline(t, description) + `</description><assemblies><assembly name="A" hwp="h"><image id="i"/><services>`)
		for _, s := range sources {
			fmt.Fprintf(&b, `<service name="%s"><executable><contents>%s</contents></executable>`, s.name, inline(t, s.script))
			list(&b, "files", s.files, func(name, content string) string {
				return `<file><contents filename="` + name + `">` + inline(t, content) + `</contents></file>`
			})
			list(&b, "parameters", s.parameters, func(name, value string) string {
				return `<parameter name="` + name + `"><value>` + inline(t, value) + `</value></parameter>`
			})
			b.WriteString(`</service>`)
		}
		b.WriteString(`</services></assembly></assemblies></deployable>`)

		text, err := aeolus.Translate([]byte(b.String()))
		require.NoError(t, err, b.String())
		var got written
		require.NoError(t, yaml.Unmarshal(text, &got), string(text))
		require.Equal(t, strings.Trim(description, " \t\r\n"), got.Description)
		require.Len(t, got.Steps, len(sources))
		require.ElementsMatch(t, scripts(sources, true), contents(got), string(text))
		require.ElementsMatch(t, scripts(sources, false), evaluated(t, text))
		for _, s := range sources {
			for name, value := range s.parameters {
				p, ok := got.Parameters["A."+s.name+"."+name]
				require.True(t, ok, string(text))
				require.Equal(t, "!!str", p.Default.ShortTag(), string(text))
				require.Equal(t, value, p.Default.Value, string(text))
				for _, step := range got.Steps {
					require.Equal(t, "${params.`A."+s.name+"."+name+"`}", step.Run.Env["AUDREY_VAR_"+s.name+"_"+name])
				}
			}
		}
	})
}

func list(b *strings.Builder, name string, all map[string]string, write func(name, text string) string) {
	if len(all) == 0 {
		return
	}
	b.WriteString("<" + name + ">")
	for key, value := range all {
		b.WriteString(write(key, value))
	}
	b.WriteString("</" + name + ">")
}

// escaped is how the language writes a literal text.
func escaped(text string) string { return strings.ReplaceAll(text, "${", "$${") }

// scripts are the files that the services of a deployable have, each with its
// path; escaped or as they are put on a node.
func scripts(sources []source, escape bool) []string {
	as := func(text string) string { return text }
	if escape {
		as = escaped
	}
	var all []string
	for _, s := range sources {
		all = append(all, "start 0755 "+as(s.script))
		for name, content := range s.files {
			all = append(all, as(name)+" 0644 "+as(content))
		}
	}
	return all
}

// evaluated are the files that the plan of a blueprint puts on its nodes.
func evaluated(t *rapid.T, text []byte) []string {
	b, err := deploy.ReadBlueprint("", text, activities.Types())
	require.NoError(t, err, string(text))
	plan, err := b.Plan("demo", deploy.Request{}, "docker", nil)
	require.NoError(t, err)
	e, err := plan.Evaluator(activities.Types())
	require.NoError(t, err)
	var all []string
	for i := range plan.Steps {
		config, missing, err := e.Config(&plan.Steps[i], plan.Steps[i].Nodes[0], facts{})
		require.NoError(t, err)
		require.Empty(t, missing)
		var run struct {
			Files []struct{ Path, Mode, Content string }
		}
		require.NoError(t, json.Unmarshal(config, &run))
		for _, f := range run.Files {
			all = append(all, f.Path+" "+f.Mode+" "+f.Content)
		}
	}
	return all
}

// contents are the files that the steps of a blueprint have.
func contents(b written) []string {
	var all []string
	for _, s := range b.Steps {
		for _, f := range s.Run.Files {
			all = append(all, f.Path+" "+f.Mode+" "+*f.Content)
		}
	}
	return all
}
