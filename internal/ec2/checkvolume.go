package ec2

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (p Profile) checkVolumes(wrong *checker, field string) {
	if p.Root.Device != "" {
		wrong.add(field+".root.device", p.Root.Device, "nothing: the image knows its root device")
	}
	p.Root.check(wrong, field+".root", 0)
	if o := p.OtherVolumes; o.Device != "" || o.SizeGiB != 0 {
		wrong.add(field+".other_volumes", o.Device, "neither a device nor a size: blueprints give them")
	}
	p.OtherVolumes.check(wrong, field+".other_volumes", 0)
	for i, v := range p.Volumes {
		at := fmt.Sprintf("%s.volumes[%d]", field, i)
		wrong.match(at+".device", v.Device, volumeName, volumeNameAllowed)
		if slices.ContainsFunc(p.Volumes[:i], func(o Volume) bool { return o.Device == v.Device }) {
			wrong.add(at+".device", v.Device, "each device once")
		}
		v.check(wrong, at, 1)
	}
}

func (v Volume) check(wrong *checker, field string, smallest int) {
	wrong.between(field+".size", v.SizeGiB, smallest, maxVolume)
	kind, known := volumeTypes[v.Type]
	switch {
	case v.Type == "":
		// The image's own type for a root volume, gp3 for others: both may take settings.
		kind.iops, kind.throughput = true, true
	case !known:
		wrong.add(field+".type", v.Type, strings.Join(slices.Sorted(maps.Keys(volumeTypes)), ", "))
		return
	}
	if v.IOPS != 0 && !kind.iops {
		wrong.add(field+".iops", fmt.Sprint(v.IOPS), "nothing for type "+v.Type+"; gp3, io1 and io2 take it")
	}
	if v.IOPS == 0 && (v.Type == "io1" || v.Type == "io2") {
		wrong.add(field+".iops", "", "100 to 256000, which type "+v.Type+" needs")
	}
	if v.IOPS != 0 {
		wrong.between(field+".iops", v.IOPS, 100, 256000)
	}
	if v.Throughput != 0 && !kind.throughput {
		wrong.add(field+".throughput", fmt.Sprint(v.Throughput), "nothing for type "+v.Type+"; gp3 takes it")
	}
	if v.Throughput != 0 {
		wrong.between(field+".throughput", v.Throughput, 125, 2000)
	}
	if v.KMSKey != "" && !v.Encrypted {
		wrong.add(field+".kms_key", v.KMSKey, "only with encrypted")
	}
}
