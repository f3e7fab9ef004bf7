package fleet

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// pool is a trusted storage pool of gluster's, guarded by the fleet's lock of pools.
type pool struct {
	members []*machine
	volumes []*volume
	// files are what was written to volumes, by volume and name.
	files map[string][]byte
}

// volume is a volume of a pool.
type volume struct {
	name                                 string
	started                              bool
	replica, arbiter, disperse, redundan int
	bricks                               []string
	options                              [][2]string
	rebalanced                           int
}

func newPool(m *machine) *pool { return &pool{members: []*machine{m}, files: map[string][]byte{}} }

// Gluster's own numbers of errors.
const (
	errnoNoVolume   = 30806
	errnoInternal   = 30800
	errnoNotConnect = 107
	probeSelf       = 1
	probeKnown      = 2
	detachBricks    = 3
	detachNoPeer    = 2
)

// answered is what a gluster command says.
type answered struct {
	ret, errno   int
	errstr, text string
	// body is XML.
	body string
}

func refusal(errno int, format string, args ...any) answered {
	return answered{ret: -1, errno: errno, errstr: fmt.Sprintf(format, args...)}
}

// gluster is the command line of gluster, as far as Aiolos uses it.
func (m *machine) gluster(ctx context.Context, args []string, t *terminal) int {
	words := append(slices.Clone(args), "", "", "")
	if kind, slow := map[string]timed{"probe": timeProbe, "create": timeCreate, "start": timeStart}[words[1]]; slow && m.takes(ctx, kind) != nil {
		return 255
	}
	f := m.fleet
	f.pools.Lock()
	var a answered
	switch words[0] + " " + words[1] {
	case "pool list":
		a.body = m.peers()
	case "peer probe":
		a = m.probe(words[2])
	case "peer detach":
		a = m.detach(words[2])
	case "volume info":
		a = m.pool.info(words[2])
	case "volume create":
		a = m.pool.create(args[2:])
	default:
		a = m.pool.change(words[1], args)
	}
	f.pools.Unlock()
	var errstr strings.Builder
	_ = xml.EscapeText(&errstr, []byte(a.errstr)) // a Builder never fails
	_, _ = fmt.Fprintf(t, "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<cliOutput><opRet>%d</opRet><opErrno>%d</opErrno><opErrstr>%s</opErrstr><output>%s</output>%s</cliOutput>\n",
		a.ret, a.errno, errstr.String(), a.text, a.body)
	return 0
}

// peers lists the pool as the machine sees it.
func (m *machine) peers() string {
	var b strings.Builder
	b.WriteString("<peerStatus>")
	for _, p := range m.pool.members {
		if p != m {
			fmt.Fprintf(&b, "<peer><uuid>%s</uuid><hostname>%s</hostname><hostnames><hostname>%s</hostname></hostnames><connected>1</connected><state>3</state><stateStr>Peer in Cluster</stateStr></peer>",
				p.uuid, p.spec.Hostname, p.spec.Hostname)
		}
	}
	fmt.Fprintf(&b, "<peer><uuid>%s</uuid><hostname>localhost</hostname><connected>1</connected></peer></peerStatus>", m.uuid)
	return b.String()
}

func (m *machine) probe(host string) answered {
	var found *machine
	for _, other := range m.fleet.all() {
		if other.name.deployment == m.name.deployment && other.spec.Hostname == host {
			found = other
		}
	}
	switch {
	case found == nil:
		return refusal(errnoNotConnect, "Probe returned with Transport endpoint is not connected")
	case found == m:
		return answered{errno: probeSelf, text: "Probe on localhost not needed"}
	case found.pool == m.pool:
		return answered{errno: probeKnown, text: "Host " + host + " port 24007 already in peer list"}
	case len(found.pool.members) > 1:
		return refusal(3, "%s is either already part of another cluster or having volumes configured", host)
	}
	m.pool.members = append(m.pool.members, found)
	found.pool = m.pool
	return answered{text: "success"}
}

func (m *machine) detach(host string) answered {
	at := slices.IndexFunc(m.pool.members, func(p *machine) bool { return p != m && p.spec.Hostname == host })
	if at < 0 {
		return refusal(detachNoPeer, "%s is not part of cluster", host)
	}
	for _, v := range m.pool.volumes {
		if slices.ContainsFunc(v.bricks, func(b string) bool { return strings.HasPrefix(b, host+":") }) {
			return refusal(detachBricks, "Peer %s hosts one or more bricks", host)
		}
	}
	gone := m.pool.members[at]
	m.pool.members = slices.Delete(m.pool.members, at, at+1)
	gone.pool = newPool(gone)
	return answered{text: "success"}
}

func (p *pool) volume(name string) *volume {
	for _, v := range p.volumes {
		if v.name == name {
			return v
		}
	}
	return nil
}

// uuidOf is that of the member that a brick is on.
func (p *pool) uuidOf(brick string) string {
	for _, m := range p.members {
		if strings.HasPrefix(brick, m.spec.Hostname+":") {
			return m.uuid
		}
	}
	return ""
}

func (p *pool) info(name string) answered {
	var b strings.Builder
	b.WriteString("<volInfo><volumes>")
	for _, v := range p.volumes {
		if name == "" || v.name == name {
			p.describe(&b, v)
		}
	}
	b.WriteString("</volumes></volInfo>")
	if p.volume(name) == nil && (name != "" || len(p.volumes) == 0) {
		return answered{ret: -1, errno: errnoNoVolume, errstr: "Volume does not exist", body: b.String()}
	}
	return answered{body: b.String()}
}

func (p *pool) describe(b *strings.Builder, v *volume) {
	fmt.Fprintf(b, "<volume><name>%s</name><status>%d</status><replicaCount>%d</replicaCount><arbiterCount>%d</arbiterCount><disperseCount>%d</disperseCount><redundancyCount>%d</redundancyCount><transport>0</transport><bricks>",
		v.name, map[bool]int{true: 1}[v.started], v.replica, v.arbiter, v.disperse, v.redundan)
	for i, brick := range v.bricks {
		arbiter := map[bool]int{true: 1}[v.arbiter == 1 && i%v.replica == v.replica-1]
		fmt.Fprintf(b, "<brick>%s<name>%s</name><hostUuid>%s</hostUuid><isArbiter>%d</isArbiter></brick>", brick, brick, p.uuidOf(brick), arbiter)
	}
	b.WriteString("</bricks><options>")
	for _, o := range v.options {
		b.WriteString("<option><name>")
		_ = xml.EscapeText(b, []byte(o[0]))
		b.WriteString("</name><value>")
		_ = xml.EscapeText(b, []byte(o[1]))
		b.WriteString("</value></option>")
	}
	b.WriteString("</options></volume>")
}

// create takes: NAME [replica N] [arbiter N] [disperse N] [redundancy N] transport tcp BRICK... [force].
func (p *pool) create(args []string) answered {
	if len(args) == 0 || p.volume(args[0]) != nil {
		return refusal(errnoInternal, "Volume already exists")
	}
	v := &volume{name: args[0], replica: 1}
	counts := map[string]*int{"replica": &v.replica, "arbiter": &v.arbiter, "disperse": &v.disperse, "redundancy": &v.redundan}
	for i := 1; i < len(args); i++ {
		switch count := counts[args[i]]; {
		case count != nil && i+1 < len(args):
			*count, _ = strconv.Atoi(args[i+1])
			i++
		case args[i] == "transport":
			i++
		case strings.Contains(args[i], ":"):
			v.bricks = append(v.bricks, args[i])
		}
	}
	if a, ok := p.takesBricks(v.bricks); !ok {
		return a
	}
	p.volumes = append(p.volumes, v)
	return answered{}
}

// takesBricks refuses bricks on hosts that are no members.
func (p *pool) takesBricks(bricks []string) (answered, bool) {
	for _, b := range bricks {
		if p.uuidOf(b) == "" {
			host, _, _ := strings.Cut(b, ":")
			return refusal(errnoInternal, "Host %s is not in 'Peer in Cluster' state", host), false
		}
	}
	return answered{}, true
}

// change does what is done to a volume that there is: volume VERB NAME ….
func (p *pool) change(verb string, args []string) answered {
	if len(args) < 3 || args[0] != "volume" {
		return refusal(errnoInternal, "not simulated: gluster %s", strings.Join(args, " "))
	}
	v := p.volume(args[2])
	if v == nil {
		return refusal(errnoNoVolume, "Volume %s does not exist", args[2])
	}
	rest := args[3:]
	switch verb {
	case "start":
		v.started = true
	case "stop":
		v.started = false
	case "delete":
		p.volumes = slices.DeleteFunc(p.volumes, func(o *volume) bool { return o == v })
	case "set":
		for i := 0; i+1 < len(rest); i += 2 {
			v.set(rest[i], rest[i+1])
		}
	case "add-brick":
		added := slices.DeleteFunc(slices.Clone(rest), func(s string) bool { return !strings.Contains(s, ":") })
		if a, ok := p.takesBricks(added); !ok {
			return a
		}
		v.bricks = append(v.bricks, added...)
	case "status":
		return p.status(v)
	case "rebalance":
		return v.rebalance(rest)
	default:
		return refusal(errnoInternal, "not simulated: gluster volume %s", verb)
	}
	return answered{}
}

func (v *volume) set(name, value string) {
	for i := range v.options {
		if v.options[i][0] == name {
			v.options[i][1] = value
			return
		}
	}
	v.options = append(v.options, [2]string{name, value})
}

func (p *pool) status(v *volume) answered {
	if !v.started {
		return refusal(errnoInternal, "Volume %s is not started", v.name)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<volStatus><volumes><volume><volName>%s</volName>", v.name)
	for _, brick := range v.bricks {
		host, path, _ := strings.Cut(brick, ":")
		fmt.Fprintf(&b, "<node><hostname>%s</hostname><path>%s</path><status>1</status></node>", host, path)
	}
	b.WriteString("<tasks/></volume></volumes></volStatus>")
	return answered{body: b.String()}
}

// rebalance is done as soon as it is begun.
func (v *volume) rebalance(args []string) answered {
	switch {
	case !slices.Contains(args, "status"):
		v.rebalanced = 3
		if slices.Contains(args, "fix-layout") {
			v.rebalanced = 7
		}
	case v.rebalanced == 0:
		return refusal(errnoInternal, "Rebalance not started for volume %s.", v.name)
	}
	return answered{body: fmt.Sprintf("<volRebalance><aggregate><status>%d</status></aggregate></volRebalance>", v.rebalanced)}
}

// verify is gluster.Verify's: SERVER VOLUME FILE write|read|remove.
func (m *machine) verify(ctx context.Context, args []string, t *terminal) int {
	if len(args) != 4 || m.takes(ctx, timeMount) != nil {
		return 255
	}
	written, err := io.ReadAll(t)
	if err != nil {
		return 4
	}
	f := m.fleet
	f.pools.Lock()
	defer f.pools.Unlock()
	v, key := m.pool.volume(args[1]), args[1]+"/"+args[2]
	if v == nil || !v.started {
		fmt.Fprintln(t.Stderr(), "the simulated volume is not started")
		return 3
	}
	switch args[3] {
	case "write":
		m.pool.files[key] = written
		fmt.Fprintf(t, "4096 %d %d\n", len(v.bricks)*35_000_000, len(v.bricks)*34_000_000)
		return 0
	case "read":
		_, _ = t.Write(m.pool.files[key])
	}
	delete(m.pool.files, key)
	return 0
}
