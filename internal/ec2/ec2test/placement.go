package ec2test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// placement is a placement group, which moto does not know.
type placement struct {
	strategy string
	tags     map[string]string
}

// placementGroup answers the actions on placement groups.
func (c *Cloud) placementGroup(action string, form url.Values) answer {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := form.Get("GroupName")
	refuse := func(code string) answer {
		return failure(call{action: "ec2:"}, http.StatusBadRequest, code, "The placement group '"+name+"'.")
	}
	inside := "<return>true</return>"
	_, there := c.placements[name]
	switch {
	case form.Get("DryRun") == "true":
		return failure(call{action: "ec2:"}, http.StatusPreconditionFailed, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
	case action == "CreatePlacementGroup" && there:
		return refuse("InvalidPlacementGroup.Duplicate")
	case action == "CreatePlacementGroup":
		c.placements[name] = &placement{strategy: form.Get("Strategy"), tags: tagsOf(form)}
	case action == "DeletePlacementGroup" && !there:
		return refuse("InvalidPlacementGroup.Unknown")
	case action == "DeletePlacementGroup":
		delete(c.placements, name)
	default:
		inside = "<placementGroupSet>"
		for _, name := range slices.Sorted(maps.Keys(c.placements)) {
			if g := c.placements[name]; g.passes(form) {
				inside += g.item(name)
			}
		}
		inside += "</placementGroupSet>"
	}
	text := fmt.Sprintf(`<%[1]sResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>0</requestId>%[2]s</%[1]sResponse>`, action, inside)
	return answer{status: http.StatusOK, header: http.Header{}, body: []byte(text)}
}

func (g *placement) item(name string) string {
	text := "<item><groupName>" + name + "</groupName><state>available</state><strategy>" + g.strategy + "</strategy><tagSet>"
	for _, key := range slices.Sorted(maps.Keys(g.tags)) {
		text += "<item><key>" + escaped(key) + "</key><value>" + escaped(g.tags[key]) + "</value></item>"
	}
	return text + "</tagSet></item>"
}

func tagsOf(form url.Values) map[string]string {
	tags := map[string]string{}
	for i := 1; ; i++ {
		at := fmt.Sprintf("TagSpecification.1.Tag.%d.", i)
		if !form.Has(at + "Key") {
			return tags
		}
		tags[form.Get(at+"Key")] = form.Get(at + "Value")
	}
}

// passes heeds filters by tag.
func (g *placement) passes(form url.Values) bool {
	for i := 1; ; i++ {
		name, ok := strings.CutPrefix(form.Get(fmt.Sprintf("Filter.%d.Name", i)), "tag:")
		if !ok {
			return true
		}
		if g.tags[name] != form.Get(fmt.Sprintf("Filter.%d.Value.1", i)) {
			return false
		}
	}
}
