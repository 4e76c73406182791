package source

import (
	"cmp"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// packageFact is what packages that import one learn of it.
type packageFact struct {
	// Functions, by key.
	Functions []Summary
	// Contracts of functions, methods of interfaces and func types, by key.
	Contracts []contractFact
}

// contractFact is one contract of a package.
type contractFact struct {
	Key   string
	Keeps uint32
	Cold  bool
}

// AFact makes it a fact of package analysis.
func (*packageFact) AFact() {}

// String counts its parts.
func (f *packageFact) String() string { return "memlense summaries" }

func (f *packageFact) function(key string) *Summary {
	i, ok := slices.BinarySearchFunc(f.Functions, key, func(s Summary, key string) int { return cmp.Compare(s.Key, key) })
	if !ok {
		return nil
	}
	return &f.Functions[i]
}

func (f *packageFact) contract(key string) *promise {
	i, ok := slices.BinarySearchFunc(f.Contracts, key, func(c contractFact, key string) int { return cmp.Compare(c.Key, key) })
	if !ok {
		return nil
	}
	c := f.Contracts[i]
	return &promise{Keeps: kindSet(c.Keeps), Cold: c.Cold}
}

// fact describes a package to those that import it.
func (j *judge) fact(fns []*ssa.Function) *packageFact {
	f := &packageFact{}
	for _, fn := range fns {
		object, ok := fn.Object().(*types.Func)
		if !ok || len(fn.Blocks) == 0 || object.Name() == "init" || fn.Synthetic != "" {
			continue
		}
		s := *j.summary(fn)
		s.Effects = slices.DeleteFunc(slices.Clone(s.Effects), func(e Effect) bool { return kind(e.Kind) == panicPath })
		s.Key, s.Calls, s.Holds = keyOf(object), j.calledParams(fn), j.holdsOf(fn)
		f.Functions = append(f.Functions, s)
	}
	slices.SortStableFunc(f.Functions, func(a, b Summary) int { return cmp.Compare(a.Key, b.Key) })
	for object, p := range j.annotations.objects {
		if p.Keeps == 0 && !p.Cold {
			continue
		}
		key := object.Name()
		if fn, ok := object.(*types.Func); ok {
			key = keyOf(fn)
		}
		f.Contracts = append(f.Contracts, contractFact{key, uint32(p.Keeps), p.Cold})
	}
	slices.SortFunc(f.Contracts, func(a, b contractFact) int { return cmp.Compare(a.Key, b.Key) })
	return f
}
