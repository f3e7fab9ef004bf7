package ec2

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// images looks up images: one call for all that are given by ID or parameter,
// one for each parameter, and one for each search.
func (p *Provider) images(ctx context.Context, wanted []Image) (map[Image]types.Image, error) {
	ids := map[Image]string{}
	found := map[Image]types.Image{}
	for _, w := range wanted {
		if _, done := found[w]; done || ids[w] != "" {
			continue
		}
		var err error
		switch {
		case w.ID != "":
			ids[w] = w.ID
		case w.Parameter != "":
			ids[w], err = p.parameter(ctx, w.Parameter)
		default:
			found[w], err = p.newest(ctx, w)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(ids) == 0 {
		return found, nil
	}
	var asked []string
	for _, id := range ids {
		asked = append(asked, id)
	}
	slices.Sort(asked)
	out, err := p.ec2.DescribeImages(ctx, &ec2.DescribeImagesInput{ImageIds: slices.Compact(asked)})
	if err != nil {
		return nil, apiError("look up images", err)
	}
	for w, id := range ids {
		at := slices.IndexFunc(out.Images, func(i types.Image) bool { return aws.ToString(i.ImageId) == id })
		if at < 0 {
			return nil, &LookupError{What: "image", Name: w.String(), Hint: "see that it is in the region " + p.cfg.Region + " and shared with this account"}
		}
		found[w] = out.Images[at]
	}
	return found, nil
}

// newest is the image of an owner that was made last among those that match.
func (p *Provider) newest(ctx context.Context, w Image) (types.Image, error) {
	var newest *types.Image
	pages := ec2.NewDescribeImagesPaginator(p.ec2, &ec2.DescribeImagesInput{
		Owners:  []string{w.Owner},
		Filters: []types.Filter{filter("name", w.Name), filter("state", "available")},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return types.Image{}, apiError("look up the newest image "+w.String(), err)
		}
		for _, i := range page.Images {
			// Dates of ISO 8601 in UTC are in order as texts.
			if newest == nil || cmp.Or(cmp.Compare(aws.ToString(i.CreationDate), aws.ToString(newest.CreationDate)),
				cmp.Compare(aws.ToString(i.ImageId), aws.ToString(newest.ImageId))) > 0 {
				newest = &i
			}
		}
	}
	if newest == nil {
		return types.Image{}, &LookupError{What: "image", Name: w.String(), Hint: "no image of that owner in the region " + p.cfg.Region + " has such a name"}
	}
	return *newest, nil
}

// parameter is the ID of the image that a parameter of SSM names.
func (p *Provider) parameter(ctx context.Context, path string) (string, error) {
	out, err := p.ssm.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(path)})
	if isCode(err, codeNoSuchParameter) {
		return "", &LookupError{What: "parameter", Name: path, Hint: "see that SSM has it in the region " + p.cfg.Region}
	} else if err != nil {
		return "", apiError("read the parameter "+path, err)
	}
	id := ""
	if out.Parameter != nil {
		id = aws.ToString(out.Parameter.Value)
	}
	if !imageID.MatchString(id) {
		return "", &LookupError{What: "image", Name: path, Hint: "the parameter holds no image's ID"}
	}
	return id, nil
}
