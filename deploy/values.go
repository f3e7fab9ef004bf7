package deploy

import (
	"fmt"
	"reflect"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// object is a value with members, such as a node. It has no others of a map's
// abilities: which facts are known changes, so they cannot be counted or listed.
type object struct {
	of     string
	name   string
	member func(name string) ref.Val
}

// Get returns a member.
func (o *object) Get(index ref.Val) ref.Val {
	name, ok := index.(types.String)
	if !ok {
		return types.NewErr("a %s has members, not elements", o.of)
	}
	return o.member(string(name))
}

// Type implements ref.Val.
func (o *object) Type() ref.Type { return types.NewObjectType(o.of, traits.IndexerType) }

// Value implements ref.Val.
func (o *object) Value() any { return o }

// Equal says whether both are the same one.
func (o *object) Equal(other ref.Val) ref.Val {
	p, ok := other.(*object)
	return types.Bool(ok && o.of == p.of && o.name == p.name)
}

// ConvertToNative implements ref.Val.
func (o *object) ConvertToNative(reflect.Type) (any, error) {
	return nil, fmt.Errorf("a %s is no value", o.of)
}

// ConvertToType implements ref.Val.
func (o *object) ConvertToType(t ref.Type) ref.Val {
	return types.NewErr("a %s cannot be made a %s", o.of, t.TypeName())
}

// AggregateSize implements types.AggregateSizeVisitor: the members are counted
// where they are referred to.
func (o *object) AggregateSize(types.AggregateSizer) uint32 { return 1 }

// newParameters makes the variable params.
func newParameters(values map[string]ref.Val) *object {
	return &object{of: parametersType, member: func(name string) ref.Val {
		if v, ok := values[name]; ok {
			return v
		}
		return types.NewErr("unknown parameter %s", name)
	}}
}

// newSensitive makes a sensitive value of the text that stands for it.
func newSensitive(token string) *object {
	return &object{of: sensitiveType, name: token, member: func(string) ref.Val { return types.NewErr("a sensitive value has no members") }}
}

// newDisk makes an element of node.disks.
func newDisk(d Disk) *object {
	return &object{of: diskType, name: fmt.Sprintf("%s %d", d.Device, d.SizeGB), member: func(name string) ref.Val {
		switch name {
		case "device":
			return types.String(d.Device)
		case "size_gb":
			return types.Int(d.SizeGB)
		}
		return types.NewErr("a disk has no member %s", name)
	}}
}

// newDisks makes node.disks.
func newDisks(disks []Disk) ref.Val {
	list := make([]ref.Val, len(disks))
	for i, d := range disks {
		list[i] = newDisk(d)
	}
	return types.NewRefValList(adapter{}, list)
}

// newNode makes a node, whose facts are looked up when they are referred to, and
// so are its disks: a machine may know them by other names than the plan.
func newNode(spec NodeSpec, fact func(node, name string) ref.Val, disks func(NodeSpec) []Disk) *object {
	labels := map[string]any{}
	for name, value := range spec.Labels {
		labels[name] = value
	}
	return &object{of: nodeType, name: spec.Name, member: func(name string) ref.Val {
		switch name {
		case "name":
			return types.String(spec.Name)
		case "group":
			return types.String(spec.Group)
		case "index":
			return types.Int(spec.Index)
		case "disks":
			return newDisks(disks(spec))
		case "zone":
			return types.Int(spec.Zone)
		case "labels":
			return adapter{}.NativeToValue(labels)
		}
		return fact(spec.Name, name)
	}}
}

// maxJoined bounds what join makes, as its size is the product of its operands'.
const maxJoined = 1 << 20

// joinFunction declares join, as in `storage.map(n, n.hostname).join(",")`.
// CEL's own library of strings is not taken: some of its functions make very
// much of very little before their cost is counted.
func joinFunction() cel.EnvOption {
	join := func(list, separator ref.Val) ref.Val {
		l, ok := list.(traits.Lister)
		s, isText := separator.(types.String)
		if !ok || !isText {
			return types.MaybeNoSuchOverloadErr(list)
		}
		var b strings.Builder
		for it, first := l.Iterator(), true; it.HasNext() == types.True; first = false {
			if !first {
				b.WriteString(string(s))
			}
			item, ok := it.Next().(types.String)
			if !ok {
				return types.NewErr("join takes a list of strings")
			}
			b.WriteString(string(item))
			if b.Len() > maxJoined {
				return types.NewErr("join makes more than %d characters", maxJoined)
			}
		}
		return types.String(b.String())
	}
	list := cel.ListType(cel.StringType)
	return cel.Function("join",
		cel.MemberOverload("list_join", []*cel.Type{list}, cel.StringType,
			cel.UnaryBinding(func(l ref.Val) ref.Val { return join(l, types.String("")) })),
		cel.MemberOverload("list_join_string", []*cel.Type{list, cel.StringType}, cel.StringType, cel.BinaryBinding(join)))
}
