package fleet

import (
	"context"
	"io"
	"time"

	"aiolos/internal/facter"
	"aiolos/internal/gluster"
	nodejob "aiolos/internal/job"
	"aiolos/internal/remote"
)

// bootScript is how a node is asked which boot this is.
const bootScript = "cat /proc/sys/kernel/random/boot_id"

// scripts are the commands by the text of their scripts. They are recognised by
// what the packages that run them really send, so that a script may change
// without anything here being told.
func scripts() map[string]command {
	ctx := context.Background()
	member := func(r remote.Runner) gluster.Member { return gluster.Member{Node: "n", Hostname: "h", Runner: r} }
	return map[string]command{
		bootScript: func(m *machine, _ context.Context, _ []string, t *terminal) int {
			_, _ = io.WriteString(t, m.bootID+"\n")
			return 0
		},
		sent(func(r remote.Runner) { _, _ = nodejob.Run(ctx, r, nodejob.Spec{ID: "j", Tag: "j"}, nil) }): (*machine).followJob,
		sent(func(r remote.Runner) { _ = nodejob.Stop(ctx, r, "j", time.Second) }):                       (*machine).stopJob,
		sent(func(r remote.Runner) { _ = nodejob.Scrub(ctx, r, "j") }):                                   succeed,
		sent(func(r remote.Runner) { _, _ = nodejob.ReadFile(ctx, r, "j", "f", 1) }):                     (*machine).readJobFile,
		sent(func(r remote.Runner) { _, _ = nodejob.PruneDefault(ctx, r) }):                              say("0\n"),
		sent(func(r remote.Runner) { _ = nodejob.Root.Discard(ctx, r, "j", time.Second) }):               (*machine).discardJob,
		sent(func(r remote.Runner) { _, _ = facter.Collect(ctx, r, []string{"f"}) }):                     (*machine).facts,
		sent(func(r remote.Runner) { _, _ = gluster.EnsurePool(ctx, []gluster.Member{member(r)}, nil) }): (*machine).gluster,
		sent(func(r remote.Runner) { _, _ = gluster.Verify(ctx, "v", member(r), member(r), nil) }):       (*machine).verify,
		// There are no bricks' directories.
		sent(func(r remote.Runner) { _, _ = gluster.FreeBricks(ctx, member(r), []string{"h:/b"}, nil) }): exit(4),
	}
}

// sent is the last script that something runs on a node.
func sent(by func(remote.Runner)) string {
	r := &recorder{}
	by(r)
	return r.last
}

// recorder notes scripts in the place of running them.
type recorder struct{ last string }

func (r *recorder) Run(_ context.Context, c remote.Command) (remote.Result, error) {
	r.last = c.Script
	if c.Stdout != nil {
		// Gluster's word for a success, so that what comes after it is seen as well.
		_, _ = io.WriteString(c.Stdout, "<cliOutput><opRet>0</opRet><opErrno>0</opErrno></cliOutput>")
	}
	return remote.Result{}, nil
}

func exit(code int) command {
	return func(*machine, context.Context, []string, *terminal) int { return code }
}

var succeed = exit(0)

func say(text string) command {
	return func(_ *machine, _ context.Context, _ []string, t *terminal) int {
		_, _ = io.WriteString(t, text)
		return 0
	}
}
