package ec2

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// removeVolumes deletes those volumes that are meant and did not go with their
// instances, as someone has detached them, and returns the nodes' names. Those
// that are attached to an instance of somebody else's stay.
func (p *Provider) removeVolumes(ctx context.Context, deployment string, meant func(node, volume string) bool, gone []string) ([]string, error) {
	var nodes []string
	for begin := time.Now(); ; {
		all, err := p.volumes(ctx, deployment)
		if err != nil {
			return nil, err
		}
		var going []string
		for _, v := range all {
			node, id := tagMap(v.Tags)[tagNode], aws.ToString(v.VolumeId)
			switch {
			case !meant(node, id):
			case v.State == types.VolumeStateAvailable:
				_, err := p.ec2.DeleteVolume(ctx, &ec2.DeleteVolumeInput{VolumeId: v.VolumeId})
				if err != nil && !isCode(err, codeNoSuchVolume) {
					return nil, apiError("delete volume "+id, err)
				}
				nodes = append(nodes, node)
			case attachedTo(v, gone):
				going = append(going, id)
			}
		}
		if len(going) == 0 {
			return nodes, nil
		}
		if time.Since(begin) > p.cfg.Patience {
			return nil, &TerminateError{What: going}
		}
		if err := p.pause(ctx); err != nil {
			return nil, apiError("await that volumes are deleted", err)
		}
	}
}

// attachedTo says whether a volume is still attached to one of the instances.
func attachedTo(v types.Volume, instances []string) bool {
	return v.State == types.VolumeStateInUse && slices.ContainsFunc(v.Attachments, func(a types.VolumeAttachment) bool {
		return slices.Contains(instances, aws.ToString(a.InstanceId))
	})
}

// volumes lists the volumes of a deployment, or of all of them where it is "".
func (p *Provider) volumes(ctx context.Context, deployment string) ([]types.Volume, error) {
	var all []types.Volume
	pages := ec2.NewDescribeVolumesPaginator(p.ec2, &ec2.DescribeVolumesInput{Filters: p.ours(deployment), MaxResults: aws.Int32(500)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, apiError("list volumes", err)
		}
		all = append(all, page.Volumes...)
	}
	return all, nil
}
