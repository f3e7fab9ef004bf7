package command_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"

	"aiolos/activities"
	"aiolos/deploy"
	"aiolos/deploy/aeolus"
	"aiolos/internal/seal"
	"aiolos/starter/temporaltest"
	"aiolos/workflows"
)

// worker plays one that tells its sealing key, makes plans, and deploys.
type worker struct {
	key      *seal.Key
	existing []deploy.Instance
}

func newWorker(t *testing.T) *worker {
	t.Helper()
	key, err := seal.New(bytes.Repeat([]byte("secret"), 8))
	require.NoError(t, err)
	return &worker{key: key}
}

func (w *worker) takes(r *temporaltest.Run) {
	switch r.Type() {
	case workflows.SealingKeyType:
		r.Return(deploy.SealingKey{KeyID: w.key.Public().ID(), PublicKey: w.key.Public().String()})
	case workflows.PlanType:
		preview, err := w.plan(r)
		if err != nil {
			r.Fail(fails(deploy.KindInvalidRequest, deploy.Failure{Kind: deploy.KindInvalidRequest, Message: err.Error()}))
			return
		}
		r.Return(preview)
	case workflows.DeployType:
		r.Complete(deploy.Outcome{Deployment: r.ID(), State: deploy.StateDone})
	}
}

func (w *worker) plan(r *temporaltest.Run) (deploy.Preview, error) {
	var request deploy.Request
	r.Input(&request)
	text := []byte(request.Source)
	if len(text) == 0 {
		text, _ = deploy.Builtin(request.Blueprint)
	}
	b, err := aeolus.ReadBlueprint(request.Blueprint, text, activities.Types())
	if err != nil {
		return deploy.Preview{}, err
	}
	plan, err := b.Plan(strings.Split(r.ID(), "/")[1], request, "docker", w.existing)
	return deploy.Preview{Plan: plan, Existing: w.existing}, err
}

// request is what a deployment was started with.
func request(t *testing.T, r *temporaltest.Run) deploy.Request {
	t.Helper()
	var sent deploy.Request
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(r.Started().GetInput(), &sent))
	return sent
}

// TestPlan shows what there is, what would be launched, and what each step waits for.
func TestPlan(t *testing.T) {
	b, w := newBench(t), newWorker(t)
	b.server.OnStart = w.takes
	b.env["AIOLOS_PARAM_password"] = "correct horse"
	w.existing = []deploy.Instance{{Node: "db-0", Group: "db", ID: "1", Address: "172.18.0.2", Hostname: "shop-db-0"}}
	args := []string{"plan", "shop", "testdata/app/app.yaml", "-p", "nodes=3"}
	r := b.run(args...)
	require.Equal(t, 0, r.code, r.err)
	require.Empty(t, r.err)
	golden(t, "plan", r.out)
	require.Empty(t, b.server.Runs("shop"), "nothing is deployed")

	r = b.run(append(args, "--json")...)
	require.Equal(t, 0, r.code, r.err)
	var preview deploy.Preview
	require.NoError(t, json.Unmarshal([]byte(r.out), &preview))
	require.Len(t, preview.Plan.Nodes, 4)
	require.Equal(t, deploy.Hidden, preview.Plan.Parameters["password"])
	require.Equal(t, deploy.Instances(w.existing), preview.Existing)

	r = b.run("plan", "shop", "testdata/two.xml", "--count", "back=4", "-p", "front.greet.key=<sealed:abcd>")
	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, "a blueprint with the group db, of which the deployment has nodes that may hold data")
	w.existing = nil
	r = b.run("plan", "shop", "testdata/two.xml", "--count", "back=4", "-p", "front.greet.key=<sealed:abcd>")
	require.Equal(t, 0, r.code, r.err)
	golden(t, "plan-xml", r.out)

	for _, args := range [][]string{
		{"plan", "shop", "glusterfz"}, {"plan", "Shop", "glusterfs"}, {"plan", "shop", "glusterfs", "-p", "nodes=0"}, {"plan", "shop"},
	} {
		r = b.run(args...)
		require.Equal(t, 2, r.code, "%q", args)
		require.Empty(t, r.out)
	}
}

// TestSecrets sends sensitive values from wherever they may come, and looks for
// them everywhere.
func TestSecrets(t *testing.T) {
	const plain = "correct horse battery"
	for name, c := range map[string]struct {
		prepare func(*bench)
		args    []string
	}{
		"environment":  {func(b *bench) { b.env["AIOLOS_PARAM_password"] = plain }, nil},
		"asked":        {func(b *bench) { b.ask = answer(plain) }, nil},
		"command line": {func(*bench) {}, []string{"-p", "password=" + plain}},
	} {
		for _, more := range [][]string{nil, {"--json"}, {"--detach"}} {
			t.Run(name+strings.Join(more, ""), func(t *testing.T) {
				b, w := newBench(t), newWorker(t)
				b.server.OnStart = w.takes
				c.prepare(b)
				r := b.run(append(append([]string{"deploy", "shop", "testdata/app/app.yaml"}, c.args...), more...)...)
				require.Equal(t, 0, r.code, r.err)
				require.NotContains(t, r.out+r.err, plain)
				require.Equal(t, name == "command line", strings.Contains(r.err, "leave it out to be asked for it, or put it into AIOLOS_PARAM_password"))

				run := b.server.Runs("shop")[0]
				everything, err := proto.Marshal(run.Started())
				require.NoError(t, err)
				require.NotContains(t, string(everything), plain)
				require.Equal(t, `"app, password=(sensitive)"`, string(run.Started().GetUserMetadata().GetSummary().GetData()))
				require.NotContains(t, string(run.Started().GetUserMetadata().GetDetails().GetData()), "sealed:")
				sealed := request(t, run).Parameters["password"].(string)
				opened, err := w.key.Open("shop", sealed)
				require.NoError(t, err)
				require.Equal(t, plain, string(opened))
				_, err = w.key.Open("other", sealed)
				require.Error(t, err)
			})
		}
	}
}

func TestWrongSecrets(t *testing.T) {
	b, w := newBench(t), newWorker(t)
	b.server.OnStart = w.takes
	deploys := []string{"deploy", "shop", "testdata/app/app.yaml"}
	for name, c := range map[string]struct {
		prepare func()
		args    []string
		says    string
	}{
		"nobody to ask": {func() {}, nil, "parameters.password: not set; allowed: a string that matches .{8,}; it is sensitive: put it into the environment as AIOLOS_PARAM_password"},
		"too short":     {func() {}, []string{"-p", "password=hunter2"}, `parameters.password: found "(sensitive)"; allowed: a string that matches .{8,}`},
		"too long":      {func() { b.env["AIOLOS_PARAM_password"] = strings.Repeat("hunter2", 10_000) }, nil, "at most 65536 bytes"},
		"asked":         {func() { b.ask = answer("hunter2") }, nil, `found "(sensitive)"; allowed: a string that matches .{8,}`},
		"no answer":     {func() { b.ask = answer("") }, nil, "parameters.password: not set"},
		"mistyped":      {func() {}, []string{"-p", "passwrod=hunter2hunter2"}, "did you mean password?"},
		"twice":         {func() {}, []string{"-p", "password=hunter2a", "-p", "password=hunter2b"}, "a second value"},
		"all at once":   {func() {}, []string{"-p", "nodes=0", "-p", "password=hunter2"}, "parameters.nodes"},
	} {
		t.Run(name, func(t *testing.T) {
			clear(b.env)
			b.ask = nil
			c.prepare()
			for _, args := range [][]string{c.args, append(c.args, "--json")} {
				r := b.run(append(deploys, args...)...)
				require.Equal(t, 2, r.code, r.err)
				require.Contains(t, r.err, c.says)
				require.NotContains(t, r.out+r.err, "hunter2")
			}
		})
	}
	require.Empty(t, b.server.Runs("shop"))
}

// TestSealedByOthers leaves it to the worker to judge.
func TestSealedByOthers(t *testing.T) {
	b, w := newBench(t), newWorker(t)
	b.server.OnStart = w.takes
	sealed, err := w.key.Public().Seal("shop", []byte("long enough"))
	require.NoError(t, err)
	r := b.run("deploy", "shop", "testdata/app/app.yaml", "-p", "password="+sealed)
	require.Equal(t, 0, r.code, r.err)
	require.Equal(t, sealed, request(t, b.server.Runs("shop")[0]).Parameters["password"])
	require.NotContains(t, r.err, "history")
}

func TestNames(t *testing.T) {
	b, w := newBench(t), newWorker(t)
	b.server.OnStart = w.takes
	b.env["AIOLOS_PARAM_front_greet_key"] = "k"
	r := b.run("deploy", "old", "testdata/two.xml", "--count", "back=2", "-p", "front.greet.word=hi there")
	require.Equal(t, 0, r.code, r.err)
	sent := request(t, b.server.Runs("old")[0])
	require.Equal(t, "two-greeters", sent.Blueprint)
	require.True(t, aeolus.Is([]byte(sent.Source)))
	require.Equal(t, "2", sent.Parameters["back.count"])
	require.Equal(t, "hi there", sent.Parameters["front.greet.word"])
	require.True(t, deploy.IsSealed(sent.Parameters["front.greet.key"].(string)))
}

func TestApprove(t *testing.T) {
	b := newBench(t)
	var got workflows.Approval
	b.server.OnUpdate = func(r *temporaltest.Run, name string, input *commonpb.Payloads) (any, error) {
		require.Equal(t, workflows.ApproveUpdate, name)
		got = workflows.Approval{}
		require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(input, &got))
		if got.Step == "nothing" {
			return nil, fails(deploy.KindInvalidRequest, deploy.Failure{Kind: deploy.KindInvalidRequest, Message: `step: found "nothing"; allowed: one that awaits an approval: look`})
		}
		return "look of " + r.ID() + ": approved by " + got.By, nil
	}
	r := b.run("approve", "shop")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.err, "no deployment of that name")

	run := b.server.Add("shop", workflows.DeployType)
	r = b.run("approve", "shop")
	require.Equal(t, 0, r.code, r.err)
	require.Equal(t, "look of shop: approved by me@here\n", r.out)
	require.Equal(t, workflows.Approval{By: "me@here"}, got)
	r = b.run("approve", "shop", "look", "--by", "you", "--comment", "well done", "--reject", "--json")
	require.Equal(t, 0, r.code, r.err)
	require.JSONEq(t, `{"deployment": "shop", "recorded": "look of shop: approved by you"}`, r.out)
	require.Equal(t, workflows.Approval{Step: "look", By: "you", Comment: "well done", Reject: true}, got)

	r = b.run("approve", "shop", "nothing")
	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, `step: found "nothing"; allowed: one that awaits an approval: look`)
	for _, args := range [][]string{{"approve"}, {"approve", "a", "b", "c"}, {"approve", "Shop"}} {
		require.Equal(t, 2, b.run(args...).code, "%q", args)
	}
	run.Complete(deploy.Outcome{})
	r = b.run("approve", "shop")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.err, "no operation runs on shop")
}
