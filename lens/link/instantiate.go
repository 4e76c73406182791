package link

import "go/types"

// candidates are the types that generic functions are compiled for.
var candidates = func() []types.Type {
	var list []types.Type
	for _, kind := range []types.BasicKind{types.Int, types.Float64, types.Float32, types.String, types.Uint64, types.Byte, types.Complex128} {
		list = append(list, types.Typ[kind])
	}
	for _, t := range list[:5] {
		list = append(list, types.NewSlice(t), types.NewPointer(t))
	}
	return append(list, types.NewMap(types.Typ[types.Int], types.Typ[types.Int]), types.NewChan(types.SendRecv, types.Typ[types.Int]), types.Universe.Lookup("error").Type())
}()

// maxTries limits the combinations of candidates.
const maxTries = 20000

// instantiate finds type arguments that satisfy the constraints of a function, or of
// its receiver's type.
func instantiate(fn *types.Func) ([]types.Type, bool) {
	var generic types.Type = fn.Signature()
	count := fn.Signature().TypeParams().Len()
	if r := receiver(fn); r != nil {
		generic, count = r.Origin(), r.Origin().TypeParams().Len()
	}
	choice := make([]int, count)
	arguments := make([]types.Type, count)
	for range maxTries {
		for i, c := range choice {
			arguments[i] = candidates[c]
		}
		if _, err := types.Instantiate(nil, generic, arguments, true); err == nil {
			return arguments, true
		}
		at := count - 1
		for ; at >= 0; at-- {
			if choice[at]++; choice[at] < len(candidates) {
				break
			}
			choice[at] = 0
		}
		if at < 0 {
			break
		}
	}
	return nil, false
}
