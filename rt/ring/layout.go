package ring

import (
	"hash/fnv"
	"io"
	"math/bits"
	"reflect"
	"strconv"
)

// layoutOf hashes how a value of t lies in memory: kinds, sizes, offsets and
// field names, all the way down. Type names do not count, so that two programs
// may declare the same struct in different packages; field names do, so that
// swapping two fields of one type is noticed. An int counts as the int32 or int64
// that it is in this program.
func layoutOf(t reflect.Type) uint64 {
	h := fnv.New64a()
	describe(h, t)
	return h.Sum64()
}

func describe(w io.Writer, t reflect.Type) {
	write := func(parts ...string) {
		for _, p := range parts {
			io.WriteString(w, p) // a hash never fails
		}
	}
	switch t.Kind() {
	case reflect.Struct:
		write("struct", strconv.FormatUint(uint64(t.Size()), 10), "{")
		for i := range t.NumField() {
			f := t.Field(i)
			write(f.Name, "@", strconv.FormatUint(uint64(f.Offset), 10), ":")
			describe(w, f.Type)
			write(";")
		}
		write("}")
	case reflect.Array:
		write("[", strconv.Itoa(t.Len()), "]")
		describe(w, t.Elem())
	case reflect.Int, reflect.Uint, reflect.Uintptr:
		write(t.Kind().String(), strconv.Itoa(bits.UintSize))
	default:
		write(t.Kind().String())
	}
}

// powerOfTwo rounds n ≥ 1 up to a power of two.
func powerOfTwo(n int) uint64 { return 1 << bits.Len(uint(n-1)) }
