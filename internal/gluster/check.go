package gluster

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"aiolos/deploy"
)

var (
	namePattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]*$`)
	// Gluster completes short names ("cache-size"), and shows the full ones:
	// an option by its short name would differ for ever.
	optionPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*(\.[A-Za-z0-9_-]+)+$`)
	// reserved are names that gluster's command line refuses, for they mean
	// something else there or in a volume file.
	reserved = []string{"volume", "type", "help", "subvolumes", "option", "end-volume", "all", "volume_not_in_ring", "description", "force",
		"snap-max-hard-limit", "snap-max-soft-limit", "auto-delete", "activate-on-create"}
)

// Check says what is wrong with the definition, without looking at any node.
// Fields are named as in the JSON notation of a blueprint: "bricks[2]",
// "options.nfs.disable".
func (v Volume) Check() []deploy.Problem {
	var problems []deploy.Problem
	add := func(field, value, allowed string) {
		problems = append(problems, deploy.Problem{Field: field, Value: value, Allowed: allowed})
	}
	if !namePattern.MatchString(v.Name) || len(v.Name) > 255 || slices.Contains(reserved, v.Name) {
		add("name", v.Name, "letters, digits, '_' and '-', not with a '-' in front, at most 255, and no word of gluster's own")
	}
	if v.Transport != "" && v.Transport != "tcp" {
		add("transport", v.Transport, "tcp")
	}
	if !slices.Contains([]string{"", RebalanceNone, RebalanceLayout, RebalanceFull}, v.Rebalance) {
		add("rebalance", v.Rebalance, "none, fix-layout or full")
	}
	counts := v.checkCounts(add)
	bricks := v.checkBricks(add)
	if counts && bricks {
		v.checkSets(add)
	}
	for _, name := range slices.Sorted(maps.Keys(v.Options)) {
		v.checkOption(name, add)
	}
	return problems
}

type adder func(field, value, allowed string)

func (v Volume) checkCounts(add adder) bool {
	ok := true
	bad := func(field string, value int, allowed string) {
		ok = false
		add(field, strconv.Itoa(value), allowed)
	}
	if v.Replica < 0 {
		bad("replica", v.Replica, "0 or 1 for no copies, or the number of copies")
	}
	switch {
	case v.Arbiter < 0 || v.Arbiter > 1:
		bad("arbiter", v.Arbiter, "0, or 1 with replica 3")
	case v.Arbiter == 1 && v.Replica != 2 && v.Replica != 3:
		bad("arbiter", v.Arbiter, "0, as it goes with replica 3 (or 2, which means the same) only")
	}
	switch {
	case v.Disperse == 0 && v.Redundancy != 0:
		bad("redundancy", v.Redundancy, "0 where disperse is 0")
	case v.Disperse == 0:
	case v.Disperse < 3:
		bad("disperse", v.Disperse, "0, or at least 3")
	case v.Replica > 1:
		bad("disperse", v.Disperse, "0 where there is a replica count")
	case v.Redundancy < 1 || v.Redundancy > (v.Disperse-1)/2:
		bad("redundancy", v.Redundancy, fmt.Sprintf("1 to %d with disperse %d", (v.Disperse-1)/2, v.Disperse))
	case v.Disperse-v.Redundancy > 16:
		bad("disperse", v.Disperse, fmt.Sprintf("at most %d with redundancy %d, as 16 bricks may hold data", 16+v.Redundancy, v.Redundancy))
	}
	return ok
}

func (v Volume) checkBricks(add adder) bool {
	ok := true
	bad := func(i int, allowed string) {
		ok = false
		add(fmt.Sprintf("bricks[%d]", i), v.Bricks[i], allowed)
	}
	if len(v.Bricks) == 0 {
		add("bricks", "[]", "at least one brick")
		return false
	}
	hosts := map[string][]Brick{}
	for i, s := range v.Bricks {
		b, err := ParseBrick(s)
		if err != nil {
			bad(i, brickAllowed)
			continue
		}
		for _, other := range hosts[b.Host] {
			switch {
			case other == b:
				bad(i, "each brick once")
			case inside(b, other):
				bad(i, "no brick within another, as within "+other.String())
			}
		}
		hosts[b.Host] = append(hosts[b.Host], b)
	}
	return ok
}

func (v Volume) checkSets(add adder) {
	size, of := v.setSize(), "replica"
	if v.Disperse > 0 {
		of = "disperse"
	}
	if len(v.Bricks)%size != 0 {
		add("bricks", fmt.Sprintf("%d bricks", len(v.Bricks)), fmt.Sprintf("a multiple of %d for %s", size, kind(v.replica(), v.Arbiter, v.Disperse, v.Redundancy)))
		return
	}
	if _, err := v.ordered(); err != nil {
		add("bricks", strings.Join(v.Bricks, " "), fmt.Sprintf("no two bricks of a %s set of %d on one host (%v)", of, size, err))
	}
}

func (v Volume) checkOption(name string, add adder) {
	value := v.Options[name]
	switch {
	case !optionPattern.MatchString(name):
		add("options."+name, value, `an option's full name, as "performance.cache-size"`)
	case name == marker:
		add("options."+name, value, "any other name: this one is kept for what is still to be rebalanced")
	case value == "" || len(value) > 4096 || strings.TrimSpace(value) != value || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }):
		add("options."+name, value, "a value on one line, without space around it")
	}
}
