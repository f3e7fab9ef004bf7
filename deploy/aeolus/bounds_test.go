package aeolus_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/deploy/aeolus"
)

// repeat makes a text of many, each with its number in the place of %d.
func repeat(format string, times int) string {
	var b strings.Builder
	for i := range times {
		b.WriteString(strings.ReplaceAll(format, "%d", fmt.Sprint(i)))
	}
	return b.String()
}

func deployable(assemblies string) string {
	return `<deployable name="x"><assemblies>` + assemblies + `</assemblies></deployable>`
}

func assembly(rest string) string {
	return `<assembly name="a" hwp="h"><image id="i"/>` + rest + `</assembly>`
}

const executable = `<executable><contents/></executable>`

// TestBounds: what is larger than a blueprint may be is told about the
// deployable, not about a blueprint that nobody has written.
func TestBounds(t *testing.T) {
	service := `<service name="s%d">` + executable + `</service>`
	for name, test := range map[string]struct{ text, want string }{
		"text": {
			strings.Repeat(" ", deploy.MaxSourceBytes) + "<",
			"1:1 deployable: found \"524289 bytes\"; allowed: at most 524288 bytes\n",
		},
		"nesting": {
			"<deployable name=''>" + strings.Repeat("<assemblies>", 40_000),
			"1:201 deployable: found \"deeper nesting\"; allowed: at most 16 levels\n",
		},
		"elements": {
			"<deployable name=\"x\">\n" + strings.Repeat("<a/>", 20_000),
			"at most 20000\n",
		},
		"attributes": {
			deployable(`<assembly ` + repeat(`a%d="" `, 45_000) + `/>`),
			"1:34 deployable: found \"more attributes\"; allowed: at most 50\n",
		},
		"problems": {
			deployable(assembly("") + strings.Repeat("<b/>", 10_000)),
			"an element, one of: assembly\n",
		},
		"assemblies": {
			deployable(repeat(`<assembly name="a%d" hwp="h"><image id="i"/></assembly>`, 51)),
			"1:2774 deployable: found \"more assemblies\"; allowed: at most 50\n",
		},
		"services": {
			deployable(assembly("<services>" + repeat(service, 501) + "</services>")),
			"1:1 deployable: found \"more services\"; allowed: at most 500\n",
		},
		"parameters": {
			deployable(assembly("<services>" + repeat(service, 20) +
				`<service name="s">` + executable + "<parameters>" + repeat(`<parameter name="p%d"/>`, 100) + "</parameters></service></services>")),
			"1:1 deployable: found \"more parameters\"; allowed: at most 2000, each counted for every service of its assembly, as each is told of it\n",
		},
		"files": {
			deployable(assembly(`<services><service name="s">` + executable + "<files>" +
				repeat(`<file><contents filename="f%d"/></file>`, 501) + "</files></service></services>")),
			"more files\"; allowed: at most 500 in a service\n",
		},
		"returns": {
			deployable(assembly("<returns>" + repeat(`<return name="r%d"/>`, 101) + "</returns>")),
			"more returns\"; allowed: at most 100 of an assembly\n",
		},
		"references to services": {
			deployable(assembly("<services>"+repeat(service, 101)+"</services>") + `<assembly name="b" hwp="h"><image id="i"/><services><service name="s">` +
				executable + "<parameters>" + repeat(`<parameter name="p%d"><reference assembly="a" service="s%d"/></parameter>`, 101) +
				"</parameters></service></services></assembly>"),
			"more references to services\"; allowed: at most 99 of a service\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := aeolus.Translate([]byte(test.text))
			got := told(t, err)
			require.True(t, strings.HasSuffix(got, test.want), got)
			require.LessOrEqual(t, strings.Count(got, "\n"), 100)
		})
	}
}

// TestLongBlueprint: a text can become longer than a blueprint may be.
func TestLongBlueprint(t *testing.T) {
	text := deployable(assembly(`<services><service name="s"><executable><contents>` + strings.Repeat("\x7f", 140_000) + `</contents></executable></service></services>`))
	_, err := aeolus.Translate([]byte(text))
	require.Equal(t, "1:1 deployable: found \"560378 bytes as a blueprint\"; allowed: at most 524288 bytes\n", told(t, err))
}

func TestIs(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, " \r\n\t<x": true, "\xef\xbb\xbf<": true, "\xef\xbb\xbfname: x": false, "name: <x>": false, "# <": false, "<": true,
	} {
		require.Equal(t, want, aeolus.Is([]byte(text)), "%q", text)
	}
}

// TestByteOrderMark: the mark is no part of the text, so it takes no column.
func TestByteOrderMark(t *testing.T) {
	_, err := aeolus.Read([]byte("\xef\xbb\xbf<deployable x=''/>"))
	require.True(t, strings.HasPrefix(told(t, err), "1:1 "), err)
	_, err = aeolus.Read([]byte("\xef\xbb\xbf" + deployable(assembly(""))))
	require.NoError(t, err)
}

// TestWithheld: a password that stands in a deployable is no default, and who
// deploys it can be told which.
func TestWithheld(t *testing.T) {
	d, err := aeolus.Read([]byte(deployable(assembly(`<services><service name="s">` + executable + `<parameters>
		<parameter name="old" type="password"><value>hunter2</value></parameter>
		<parameter name="new"><value type="password">hunter3</value></parameter>
		<parameter name="asked"><value type="password"/></parameter></parameters></service></services>`))))
	require.NoError(t, err)
	require.Equal(t, []string{"a.s.old", "a.s.new"}, d.Withheld())
	text, err := d.Blueprint()
	require.NoError(t, err)
	require.NotContains(t, string(text), "hunter")
	require.Equal(t, 3, strings.Count(string(text), "sensitive: true"))
}
