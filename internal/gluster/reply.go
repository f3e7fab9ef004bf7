package gluster

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
)

// reply is gluster's answer, whatever the command: each fills in its own part.
type reply struct {
	XMLName   xml.Name      `xml:"cliOutput"`
	Ret       int           `xml:"opRet"`
	Errno     int           `xml:"opErrno"`
	Errstr    string        `xml:"opErrstr"`
	Output    string        `xml:"output"`
	Peers     []peer        `xml:"peerStatus>peer"`
	Volumes   []volumeInfo  `xml:"volInfo>volumes>volume"`
	Processes []process     `xml:"volStatus>volumes>volume>node"`
	Tasks     []task        `xml:"volStatus>volumes>volume>tasks>task"`
	Rebalance rebalanceInfo `xml:"volRebalance"`
	Removal   rebalanceInfo `xml:"volRemoveBrick"`
}

// busy says that the command was refused only because another change of the pool
// or the volume was under way: by its code where the node that answers held the
// lock itself, but by nothing except gluster's message where another node did,
// which then comes with the code of all internal errors. The lock is gone when
// one would look for it, so this one message is read; to take it for busy wrongly
// costs a few retries.
func (r *reply) busy() bool {
	return r.Errno == errnoBusy || r.Errno == errnoInternal && strings.HasPrefix(strings.TrimSpace(r.Errstr), "Locking failed on ")
}

// peer is a member of the pool as one of its nodes sees it.
type peer struct {
	UUID     string `xml:"uuid"`
	Hostname string `xml:"hostname"`
	// Hostnames are all the names by which the pool has come to know it.
	Hostnames []string `xml:"hostnames>hostname"`
	// Connected is 1 or 0.
	Connected int `xml:"connected"`
	// State is glusterd's own number. It is missing for the node that answers.
	State    *int   `xml:"state"`
	StateStr string `xml:"stateStr"`
}

// stateBefriended is the state of a peer that is fully a member ("Peer in Cluster").
const stateBefriended = 3

func (p peer) self() bool  { return p.State == nil }
func (p peer) ready() bool { return p.State != nil && *p.State == stateBefriended && p.Connected == 1 }

// volumeInfo is a volume as it is.
type volumeInfo struct {
	Name       string      `xml:"name"`
	Status     int         `xml:"status"`
	Replica    int         `xml:"replicaCount"`
	Arbiter    int         `xml:"arbiterCount"`
	Disperse   int         `xml:"disperseCount"`
	Redundancy int         `xml:"redundancyCount"`
	Transport  int         `xml:"transport"`
	Bricks     []brickInfo `xml:"bricks>brick"`
	Options    []option    `xml:"options>option"`
}

type brickInfo struct {
	Name    string `xml:"name"`
	Arbiter int    `xml:"isArbiter"`
	// HostUUID is that of the peer that holds it.
	HostUUID string `xml:"hostUuid"`
}

// setSize is the number of consecutive bricks that make up a set.
func (have volumeInfo) setSize() int {
	return max(1, have.Replica, have.Disperse)
}

type option struct {
	Name  string `xml:"name"`
	Value string `xml:"value"`
}

// statusStarted is the status of a volume that runs.
const statusStarted = 1

// process serves a volume: a brick's, or a helper's like the self-heal daemon,
// which has words in the place of the host's name.
type process struct {
	Hostname string `xml:"hostname"`
	Path     string `xml:"path"`
	// Status is 1 for a process that is online.
	Status int `xml:"status"`
}

// task is something that gluster does to a volume at length.
type task struct {
	Type   string `xml:"type"`
	Status int    `xml:"status"`
	// Bricks are those that are removed.
	Bricks []string `xml:"params>brick"`
}

// Types of tasks.
const (
	taskRemove    = "Remove brick"
	taskRebalance = "Rebalance"
)

// rebalanceInfo is how far a rebalance is, or the removal of bricks.
type rebalanceInfo struct {
	Nodes  []rebalanceNode `xml:"node"`
	Status int             `xml:"aggregate>status"`
}

type rebalanceNode struct {
	Name      string `xml:"nodeName"`
	UUID      string `xml:"id"`
	Files     int64  `xml:"files"`
	Failures  int64  `xml:"failures"`
	Skipped   int64  `xml:"skipped"`
	Status    int    `xml:"status"`
	StatusStr string `xml:"statusStr"`
}

// parse reads an answer.
func parse(data []byte) (reply, error) {
	var r reply
	if len(data) == 0 {
		return r, errors.New("gluster answered nothing")
	}
	if err := xml.Unmarshal(data, &r); err != nil {
		return reply{}, fmt.Errorf("gluster's answer is not the XML expected: %w", err)
	}
	return r, nil
}
