package deploy

import (
	"slices"
	"strconv"
)

// Check says whether a request can be understood, without reading its
// blueprint. The error is an *InvalidError.
func (r Request) Check() error {
	var p problems
	switch {
	case r.Source == "" && r.Blueprint == "":
		p.add(position{}, "blueprint", "", "%s", suggest("", BuiltinNames()))
	case r.Source == "":
		if _, ok := Builtin(r.Blueprint); !ok {
			p.add(position{}, "blueprint", r.Blueprint, "%s", suggest(r.Blueprint, BuiltinNames()))
		}
	case r.Blueprint != "" && !blueprintName.MatchString(r.Blueprint):
		p.add(position{}, "blueprint", r.Blueprint, blueprintNameAllowed)
	}
	if len(r.Source) > MaxSourceBytes {
		p.add(position{}, "source", strconv.Itoa(len(r.Source))+" bytes", "at most %d bytes", MaxSourceBytes)
	}
	checkProvider(&p, r.Provider)
	if r.OnFailure != "" && !slices.Contains(OnFailures, r.OnFailure) {
		p.add(position{}, "on_failure", r.OnFailure, "%s", suggest(r.OnFailure, OnFailures))
	}
	if r.Mode != "" && !slices.Contains(Modes, r.Mode) {
		p.add(position{}, "mode", r.Mode, "%s", suggest(r.Mode, Modes))
	}
	return p.err()
}

// Check says whether a request can be understood. The error is an *InvalidError.
func (r DestroyRequest) Check() error {
	var p problems
	checkProvider(&p, r.Provider)
	if len(r.Only) > MaxBelongings {
		p.add(position{}, "only", strconv.Itoa(len(r.Only))+" things", "at most %d", MaxBelongings)
	}
	return p.err()
}

func checkProvider(p *problems, name string) {
	if name != "" && !providerName.MatchString(name) {
		p.add(position{}, "provider", name, providerNameAllowed)
	}
}
