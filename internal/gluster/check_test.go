package gluster

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheck(t *testing.T) {
	good := func(change func(*Volume)) Volume {
		v := Volume{Name: "vol01", Bricks: strings.Fields("a:/d/1 b:/d/1 c:/d/1")}
		if change != nil {
			change(&v)
		}
		return v
	}
	bricks := func(s string) func(*Volume) { return func(v *Volume) { v.Bricks = strings.Fields(s) } }
	options := func(k, value string) func(*Volume) {
		return func(v *Volume) { v.Options = map[string]string{k: value} }
	}
	for name, c := range map[string]struct {
		change func(*Volume)
		want   string // field=value of each problem
	}{
		"distribute":     {nil, ""},
		"replica":        {func(v *Volume) { v.Replica = 3 }, ""},
		"arbiter 3":      {func(v *Volume) { v.Replica, v.Arbiter = 3, 1 }, ""},
		"arbiter 2+1":    {func(v *Volume) { v.Replica, v.Arbiter = 2, 1 }, ""},
		"disperse":       {func(v *Volume) { v.Disperse, v.Redundancy = 3, 1 }, ""},
		"reordered":      {func(v *Volume) { v.Replica, v.Bricks = 2, strings.Fields("a:/1 a:/2 b:/1 b:/2") }, ""},
		"forced":         {func(v *Volume) { v.Replica, v.Force, v.Bricks = 2, true, strings.Fields("a:/1 a:/2") }, ""},
		"addresses":      {bricks("10.0.0.1:/d/1 fd00::1:/d/1"), ""},
		"options":        {options("performance.cache-size", "64MB"), ""},
		"shell in name":  {func(v *Volume) { v.Name = "x;rm -rf /" }, "name=x;rm -rf /"},
		"dash in front":  {func(v *Volume) { v.Name = "-x" }, "name=-x"},
		"no name":        {func(v *Volume) { v.Name = "" }, "name="},
		"reserved":       {func(v *Volume) { v.Name = "all" }, "name=all"},
		"long name":      {func(v *Volume) { v.Name = strings.Repeat("n", 256) }, "name=" + strings.Repeat("n", 256)},
		"no bricks":      {bricks(""), "bricks=[]"},
		"bad bricks":     {bricks("a b:/ c:d localhost:/d 127.0.0.1:/d a:/d/../e a:/d/ :/d a:/d;x"), "bricks[0]=a bricks[1]=b:/ bricks[2]=c:d bricks[3]=localhost:/d bricks[4]=127.0.0.1:/d bricks[5]=a:/d/../e bricks[6]=a:/d/ bricks[7]=:/d bricks[8]=a:/d;x"},
		"twice":          {bricks("a:/d a:/d"), "bricks[1]=a:/d"},
		"nested":         {bricks("a:/d a:/d/e b:/d/e"), "bricks[1]=a:/d/e"},
		"replica 3 on 4": {func(v *Volume) { v.Replica, v.Bricks = 3, strings.Fields("a:/d b:/d c:/d d:/d") }, "bricks=4 bricks"},
		"one host":       {func(v *Volume) { v.Replica, v.Bricks = 2, strings.Fields("a:/d a:/e") }, "bricks=a:/d a:/e"},
		"arbiter order": {func(v *Volume) {
			v.Replica, v.Arbiter, v.Bricks = 3, 1, strings.Fields("a:/1 a:/2 b:/1 b:/2 c:/1 c:/2")
		}, "bricks=a:/1 a:/2 b:/1 b:/2 c:/1 c:/2"},
		"replica -1":       {func(v *Volume) { v.Replica = -1 }, "replica=-1"},
		"arbiter alone":    {func(v *Volume) { v.Arbiter = 1 }, "arbiter=1"},
		"arbiter 2":        {func(v *Volume) { v.Replica, v.Arbiter = 3, 2 }, "arbiter=2"},
		"arbiter of 4":     {func(v *Volume) { v.Replica, v.Arbiter = 4, 1 }, "arbiter=1"},
		"disperse 2":       {func(v *Volume) { v.Disperse, v.Redundancy = 2, 1 }, "disperse=2"},
		"no redundancy":    {func(v *Volume) { v.Disperse = 3 }, "redundancy=0"},
		"half redundancy":  {func(v *Volume) { v.Disperse, v.Redundancy = 4, 2 }, "redundancy=2"},
		"redundancy alone": {func(v *Volume) { v.Redundancy = 1 }, "redundancy=1"},
		"both":             {func(v *Volume) { v.Replica, v.Disperse, v.Redundancy = 3, 3, 1 }, "disperse=3"},
		"wide":             {func(v *Volume) { v.Disperse, v.Redundancy = 18, 1 }, "disperse=18"},
		"rdma":             {func(v *Volume) { v.Transport = "rdma" }, "transport=rdma"},
		"rebalance":        {func(v *Volume) { v.Rebalance = "yes" }, "rebalance=yes"},
		"short option":     {options("cache-size", "1"), "options.cache-size=1"},
		"option group":     {options("group", "virt"), "options.group=virt"},
		"option no value":  {options("nfs.disable", ""), "options.nfs.disable="},
		"option lines":     {options("nfs.disable", "on\noff"), "options.nfs.disable=on\noff"},
		"option flag":      {options("--x.y", "on"), "options.--x.y=on"},
		"marker":           {options(marker, "full"), "options." + marker + "=full"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, p := range good(c.change).Check() {
				require.NotEmpty(t, p.Allowed)
				got = append(got, p.Field+"="+p.Value)
			}
			require.Equal(t, c.want, strings.Join(got, " "))
		})
	}
}

func TestMissing(t *testing.T) {
	have := func(bricks string, change func(*volumeInfo)) volumeInfo {
		v := volumeInfo{Name: "v", Replica: 1}
		for b := range strings.FieldsSeq(bricks) {
			name, arbiter := strings.CutSuffix(b, "*")
			info := brickInfo{Name: name}
			if arbiter {
				info.Arbiter = 1
			}
			v.Bricks = append(v.Bricks, info)
		}
		if change != nil {
			change(&v)
		}
		return v
	}
	replica := func(n, arbiter int) func(*volumeInfo) {
		return func(v *volumeInfo) { v.Replica, v.Arbiter = n, arbiter }
	}
	disperse := func(v *volumeInfo) { v.Disperse, v.Redundancy = 3, 1 }
	for name, c := range map[string]struct {
		have   volumeInfo
		want   Volume
		bricks string // what it says must be added
		reason string
	}{
		"same":              {have("a:/1 b:/1", nil), Volume{Bricks: strings.Fields("a:/1 b:/1")}, "", ""},
		"other order":       {have("b:/1 a:/1", nil), Volume{Bricks: strings.Fields("a:/1 b:/1")}, "", ""},
		"more":              {have("a:/1 b:/1", nil), Volume{Bricks: strings.Fields("c:/1 a:/1 b:/1 d:/1")}, "c:/1 d:/1", ""},
		"fewer":             {have("a:/1 b:/1", nil), Volume{Bricks: strings.Fields("a:/1")}, "", "never made smaller: b:/1"},
		"other type":        {have("a:/1 b:/1", nil), Volume{Replica: 2, Bricks: strings.Fields("a:/1 b:/1")}, "", "it is distribute, not replica 2"},
		"other count":       {have("a:/1 b:/1", replica(2, 0)), Volume{Replica: 3, Bricks: strings.Fields("a:/1 b:/1 c:/1")}, "", "it is replica 2, not replica 3"},
		"other redundancy":  {have("a:/1 b:/1 c:/1", disperse), Volume{Disperse: 5, Redundancy: 2, Bricks: strings.Fields("a:/1")}, "", "it is disperse 3 redundancy 1, not disperse 5"},
		"rdma":              {have("a:/1", func(v *volumeInfo) { v.Transport = 1 }), Volume{Bricks: strings.Fields("a:/1")}, "", "its transport is rdma"},
		"replica regrouped": {have("a:/1 b:/1 c:/1 d:/1", replica(2, 0)), Volume{Replica: 2, Bricks: strings.Fields("a:/1 c:/1 b:/1 d:/1")}, "", ""},
		"sets of its own":   {have("a:/1 b:/1", replica(2, 0)), Volume{Replica: 2, Bricks: strings.Fields("a:/1 a:/2 a:/3 b:/1 b:/2 b:/3")}, "a:/2 b:/2 a:/3 b:/3", ""},
		"no sets":           {have("a:/1 b:/1", replica(2, 0)), Volume{Replica: 2, Bricks: strings.Fields("a:/1 c:/1 b:/1 c:/2")}, "", "fit no sets of their own"},
		"forced":            {have("a:/1 b:/1", replica(2, 0)), Volume{Replica: 2, Force: true, Bricks: strings.Fields("a:/1 c:/1 b:/1 c:/2")}, "c:/1 c:/2", ""},
		"arbiter":           {have("b:/1 a:/1 c:/1*", replica(3, 1)), Volume{Replica: 2, Arbiter: 1, Bricks: strings.Fields("a:/1 b:/1 c:/1 d:/1 e:/1 f:/1")}, "d:/1 e:/1 f:/1", ""},
		"other arbiter":     {have("a:/1 b:/1 c:/1*", replica(3, 1)), Volume{Replica: 3, Arbiter: 1, Bricks: strings.Fields("a:/1 c:/1 b:/1")}, "", "its arbiters are other bricks"},
		"arbiter sets":      {have("a:/1 b:/1 f:/1*", replica(3, 1)), Volume{Replica: 3, Arbiter: 1, Bricks: strings.Fields("a:/1 b:/1 c:/1 d:/1 e:/1 f:/1")}, "", "no whole arbiter sets"},
	} {
		t.Run(name, func(t *testing.T) {
			c.want.Name = "v"
			got, err := c.want.missing(c.have)
			if c.reason != "" {
				var conflict *ConflictError
				require.ErrorAs(t, err, &conflict)
				require.Contains(t, conflict.Reason, c.reason)
				require.Contains(t, err.Error(), c.want.definition())
				require.Contains(t, err.Error(), c.have.definition())
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.bricks, strings.Join(names(got), " "))
		})
	}
}
