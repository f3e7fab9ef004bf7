package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

func TestParse(t *testing.T) {
	none := func(string) string { return "" }
	o, err := parse(nil, none)
	require.NoError(t, err)
	require.Equal(t, options{rounds: 3, sizes: []int{3, 6}, grow: 5, tools: usual, base: 23000}, o)

	env := map[string]string{"ROUNDS": "1", "NODES": "4", "GROW": "0", "TOOLS": "ssh,aiolos", "OUT": "f"}
	o, err = parse([]string{"-rounds", "2"}, func(name string) string { return env[name] })
	require.NoError(t, err)
	require.Equal(t, options{rounds: 2, sizes: []int{4}, tools: []string{"ssh", "aiolos"}, base: 23000, out: "f"}, o)

	for field, args := range map[string][]string{
		"rounds": {"-rounds", "0"}, "nodes": {"-nodes", "3,one"}, "grow": {"-grow", "3"}, "tools": {"-tools", "ssh,salt"},
	} {
		_, err := parse(args, none)
		var invalid *deploy.InvalidError
		require.ErrorAs(t, err, &invalid)
		require.Equal(t, field, invalid.Problems[0].Field)
	}
	_, err = parse([]string{"-tools", "aiolos"}, none)
	require.ErrorContains(t, err, "ssh among them")
}
