package aiolos_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// deps returns all that a package links, directly or not.
func deps(t *testing.T, pkg string) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", pkg).Output()
	require.NoError(t, err, "go list -deps %s", pkg)
	return strings.Fields(string(out))
}

// TestWhatIsLinked holds the import rules of the design against what is really
// linked, through however many packages.
func TestWhatIsLinked(t *testing.T) {
	const (
		ssh     = "golang.org/x/crypto/ssh"
		docker  = "github.com/moby/moby"
		aws     = "github.com/aws/aws-sdk-go-v2"
		git     = "github.com/go-git/go-git"
		server  = "go.temporal.io/server"
		ui      = "github.com/temporalio/ui-server"
		engine  = "go.temporal.io"
		inside  = "aiolos/internal"
		library = "aiolos/activities"
	)
	for pkg, banned := range map[string][]string{
		"./deploy":       {engine, inside, library, "net/http"},
		"./activities":   {ssh, docker, aws, git, server, ui, "aiolos/workflows"},
		"./workflows":    {ssh, docker, aws, git, server, ui},
		"./starter":      {ssh, docker, aws, git, server, ui},
		"./client":       {ssh, docker, aws, git, server, ui},
		"./worker":       {server, ui},
		"./internal/...": {engine, library, "aiolos/workflows"},
		"./codec":        {ssh, docker, aws, git, server, ui},
	} {
		t.Run(pkg, func(t *testing.T) {
			linked := deps(t, pkg)
			require.NotEmpty(t, linked)
			for _, dep := range linked {
				for _, b := range banned {
					require.False(t, dep == b || strings.HasPrefix(dep, b+"/"), "%s links %s", pkg, dep)
				}
			}
		})
	}
}
