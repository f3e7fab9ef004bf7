package activities

import (
	"context"
	"fmt"

	"aiolos/deploy"
	"aiolos/internal/gluster"
)

// VerifyConfig configures the action "gluster_verify".
type VerifyConfig struct {
	// Volume is the volume's name.
	Volume string `json:"volume"`
	// Writer and Reader name the nodes that mount it.
	Writer string `json:"writer"`
	Reader string `json:"reader"`
}

// verifyAction proves that the volume can be used.
func verifyAction() Action {
	a := Action{Title: "Verify", Nature: NatureQuick, Wide: true, Unchecked: "it would write a file to the volume"}
	a.Name = "gluster_verify"
	a.Doc = "Mounts the volume, writes a file on one node, reads it on another, and unmounts."
	return action(a, (*Deeds).verifyVolume)
}

func (d *Deeds) verifyVolume(ctx context.Context, in ActionInput[VerifyConfig]) (ActionResult, error) {
	name := func(n deploy.Node) string { return n.Name }
	writer, err := nodeBy(in.Nodes, "writer", in.Config.Writer, name)
	if err != nil {
		return ActionResult{}, err
	}
	reader, err := nodeBy(in.Nodes, "reader", in.Config.Reader, name)
	if err != nil {
		return ActionResult{}, err
	}
	result, err := gluster.Verify(ctx, in.Config.Volume, d.member(in.Deployment, writer), d.member(in.Deployment, reader), sayer(ctx))
	if err != nil {
		return ActionResult{}, err
	}
	return ActionResult{Message: fmt.Sprintf("written on %s, read on %s, %.1f GB in all", writer.Name, reader.Name, float64(result.SizeBytes)/1e9)}, nil
}
