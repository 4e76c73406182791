package source

import (
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// assigned is what a program puts in its fields and variables.
type assigned struct {
	// values by field or variable, and elements of the slices, maps and channels there.
	values, elements map[any][]ssa.Value
}

// assignedBy lists what functions put in fields and variables of packages: values that
// are not empty, and elements.
func assignedBy(all map[*ssa.Function]bool, more []*ssa.Function) *assigned {
	a := &assigned{map[any][]ssa.Value{}, map[any][]ssa.Value{}}
	for fn := range all {
		a.add(fn)
	}
	for _, fn := range more {
		a.add(fn)
	}
	return a
}

func (a *assigned) add(fn *ssa.Function) {
	put := func(addr, v ssa.Value) {
		place, element := origin(addr)
		switch {
		case place == nil:
		case element:
			a.elements[place] = append(a.elements[place], v)
		default:
			a.values[place] = append(a.values[place], v)
		}
	}
	fill := func(container, v ssa.Value) {
		if place, _ := origin(container); place != nil {
			a.elements[place] = append(a.elements[place], v)
		}
	}
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			switch i := instr.(type) {
			case *ssa.Store:
				if !isEmpty(i.Val) {
					put(i.Addr, i.Val)
				}
			case *ssa.MapUpdate:
				fill(i.Map, i.Value)
			case *ssa.Send:
				fill(i.Chan, i.X)
			case *ssa.Select:
				for _, state := range i.States {
					if state.Send != nil {
						fill(state.Chan, state.Send)
					}
				}
			}
		}
	}
}

// at reports whether something is put in a place.
func (a *assigned) at(place any) bool { return len(a.values[place]) > 0 || len(a.elements[place]) > 0 }

// isEmpty reports whether a value has no elements: nil, or a container that is made and
// kept in one place alone.
func isEmpty(v ssa.Value) bool {
	switch v := v.(type) {
	case *ssa.Const:
		return true
	case *ssa.MakeMap, *ssa.MakeChan, *ssa.MakeSlice:
		return len(*v.Referrers()) <= 1
	case *ssa.Slice:
		array, ok := v.X.(*ssa.Alloc)
		return ok && (array.Comment == "slicelit" || array.Comment == "makeslice") && len(*array.Referrers()) == 1
	}
	return false
}

// collector follows a func value through the whole program to the functions that it may
// be. It finds too many rather than too few, and is for the functions that a library
// calls on a real-time thread.
type collector struct {
	*judge
	seen  map[ssa.Value]bool
	funcs []*ssa.Function
}

// reaching lists the functions that v may be.
func (j *judge) reaching(v ssa.Value) []*ssa.Function {
	c := &collector{judge: j, seen: map[ssa.Value]bool{}}
	c.value(v)
	return c.funcs
}

func (c *collector) value(v ssa.Value) {
	if v == nil || c.seen[v] || len(c.seen) > traceLimit {
		return
	}
	c.seen[v] = true
	if boxed, ok := v.(*ssa.MakeInterface); ok {
		c.value(boxed.X)
		return
	}
	t := c.trace(v)
	c.funcs = append(c.funcs, t.funcs...)
	for _, p := range t.params {
		c.arguments(p)
	}
	if !t.known {
		c.inside(v)
	}
}

// arguments follows a parameter to what the callers pass.
func (c *collector) arguments(p *ssa.Parameter) {
	if c.callers == nil {
		return
	}
	c.seen[p] = true
	for _, site := range c.callers(p.Parent()) {
		i := paramIndex(p)
		if site.Common().IsInvoke() {
			i--
		}
		if args := site.Common().Args; i >= 0 && i < len(args) {
			c.value(args[i])
		}
	}
}

// inside follows a value that does not come from this function alone.
func (c *collector) inside(v ssa.Value) {
	switch v := v.(type) {
	case *ssa.TypeAssert:
		c.value(v.X)
		return
	case *ssa.ChangeType:
		c.value(v.X)
		return
	case *ssa.Phi:
		for _, e := range v.Edges {
			c.value(e)
		}
		return
	case *ssa.UnOp:
		if alloc, ok := v.X.(*ssa.Alloc); ok && v.Op == token.MUL {
			for _, r := range *alloc.Referrers() {
				if store, ok := r.(*ssa.Store); ok && store.Addr == alloc {
					c.value(store.Val)
				}
			}
			return
		}
	}
	if c.written == nil {
		return
	}
	place, element := origin(v)
	if place == nil {
		return
	}
	if p, ok := place.(*ssa.Parameter); ok {
		c.arguments(p)
		return
	}
	a := c.written()
	if !element {
		for _, value := range a.values[place] {
			c.value(value)
		}
		return
	}
	for _, value := range a.elements[place] {
		c.value(value)
	}
	for _, container := range a.values[place] {
		c.elements(container)
	}
}

// elements follows those of a slice or map that is written as a literal.
func (c *collector) elements(container ssa.Value) {
	if s, ok := container.(*ssa.Slice); ok {
		container = s.X
	}
	if container.Referrers() == nil {
		return
	}
	for _, r := range *container.Referrers() {
		switch r := r.(type) {
		case *ssa.MapUpdate:
			c.value(r.Value)
		case *ssa.IndexAddr:
			for _, use := range *r.Referrers() {
				if store, ok := use.(*ssa.Store); ok && store.Addr == r {
					c.value(store.Val)
				}
			}
		}
	}
}
