package ec2

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"aiolos/deploy"
)

// The tags by which everything is found again. Secrets are never among them.
const (
	tagName       = "Name" // what consoles show
	tagWorker     = ownPrefix + "worker"
	tagDeployment = ownPrefix + "deployment"
	tagGroup      = ownPrefix + "group"
	tagIndex      = ownPrefix + "index"
	tagNode       = ownPrefix + "node"
	tagDisks      = ownPrefix + "disks"
	tagZone       = ownPrefix + "zone"
	// tagLabel begins the labels that a blueprint gives.
	tagLabel = ownPrefix + "label:"
)

const (
	// maxTags and maxTagValue are EC2's bounds.
	maxTags     = 50
	maxTagValue = 256
	// ownTags is how many Aiolos sets itself, at most.
	ownTags = 8
)

// devices is where device files are.
const devices = "/dev/"

// deploymentTags are on everything that is made for a deployment.
func (p *Provider) deploymentTags(deployment, name string, extra map[string]string) map[string]string {
	tags := maps.Clone(extra)
	if tags == nil {
		tags = map[string]string{}
	}
	maps.Copy(tags, map[string]string{tagName: name, tagWorker: p.cfg.Worker, tagDeployment: deployment})
	return tags
}

// nodeTags are on a node's instance and on its volumes.
func (p *Provider) nodeTags(deployment string, spec deploy.NodeSpec) map[string]string {
	tags := p.deploymentTags(deployment, spec.Hostname, p.cfg.Profiles[spec.Profile].Tags)
	for name, value := range spec.Labels {
		tags[tagLabel+name] = value
	}
	maps.Copy(tags, map[string]string{
		tagGroup: spec.Group, tagIndex: strconv.Itoa(spec.Index), tagNode: spec.Name, tagDisks: encodeDisks(spec.Disks),
	})
	if spec.Zones > 0 {
		tags[tagZone] = strconv.Itoa(spec.Zone)
	}
	return tags
}

// tagged writes tags as the API takes them, in order, so that a request that is
// repeated is the same request.
func tagged(kind types.ResourceType, tags map[string]string) types.TagSpecification {
	spec := types.TagSpecification{ResourceType: kind}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		spec.Tags = append(spec.Tags, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return spec
}

// tagMap reads tags as the API gives them.
func tagMap(tags []types.Tag) map[string]string {
	read := make(map[string]string, len(tags))
	for _, t := range tags {
		read[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return read
}

// encodeDisks writes disks as the value of a tag, such as "xvdj=147": short, so
// that all that a node may have fit one tag.
func encodeDisks(disks []deploy.Disk) string {
	words := make([]string, len(disks))
	for i, d := range disks {
		words[i] = strings.TrimPrefix(d.Device, devices) + "=" + strconv.Itoa(d.SizeGB)
	}
	return strings.Join(words, " ")
}

// decodeDisks reads what encodeDisks wrote. Whoever may write tags may have
// changed it, so what makes no sense is a *TagError.
func decodeDisks(text string) ([]deploy.Disk, error) {
	var disks []deploy.Disk
	for _, word := range strings.Fields(text) {
		device, size, _ := strings.Cut(word, "=")
		device = devices + device
		gb, err := strconv.Atoi(size)
		if err != nil || gb < 1 || gb > deploy.MaxSizeGB || !volumeName.MatchString(device) {
			return nil, &TagError{Key: tagDisks, Value: text, Allowed: "disks such as xvdj=147, with a space between two"}
		}
		disks = append(disks, deploy.Disk{Device: device, SizeGB: gb})
	}
	return disks, nil
}

// filter is a filter of a Describe call.
func filter(name string, values ...string) types.Filter {
	return types.Filter{Name: aws.String(name), Values: values}
}

// ours are the filters for what this worker made, of one deployment or, where it
// is "", of all.
func (p *Provider) ours(deployment string) []types.Filter {
	filters := []types.Filter{filter("tag:"+tagWorker, p.cfg.Worker)}
	if deployment != "" {
		filters = append(filters, filter("tag:"+tagDeployment, deployment))
	}
	return filters
}
