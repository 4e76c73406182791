package source

import (
	"cmp"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// Dispatch is a call of a method through an interface, whose targets are those that
// the call graph of the program has.
type Dispatch struct {
	// Interface is the type of the value, as the linker names it, without type
	// arguments.
	Interface string
	// Method is the name of the method, and Pos the place of the call.
	Method, Pos string
}

// Dispatches lists such calls in functions that contracts reach, by their places.
func (r *Result) Dispatches() (list []Dispatch) {
	for site := range r.walker.dispatches {
		if d, ok := r.walker.dispatch(site); ok {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b Dispatch) int {
		return cmp.Or(cmp.Compare(a.Pos, b.Pos), cmp.Compare(a.Interface, b.Interface))
	})
	return slices.Compact(list)
}

func (w *walker) dispatch(site ssa.CallInstruction) (Dispatch, bool) {
	common := site.Common()
	named, ok := types.Unalias(common.Value.Type()).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return Dispatch{}, false // without a name, or error
	}
	path := named.Obj().Pkg().Path()
	if named.Obj().Pkg().Name() == "main" {
		path = "main"
	}
	return Dispatch{Interface: path + "." + named.Obj().Name(), Method: common.Method.Name(), Pos: w.place(sitePos(site))}, true
}

// Loaded reports whether the program has the package of that path.
func (p *Program) Loaded(path string) bool { return p.loaded[path] }
