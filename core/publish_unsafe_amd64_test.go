//go:build !race && !asan

package core

import (
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/arch/x86/x86asm"

	"github.com/memkit-go/memkit/internal/machinecode"
)

// TestPublishKeepsOrder reads off the linked machine code that each change of a
// lane's statistics first stores that it has begun, and last that it is done.
func TestPublishKeepsOrder(t *testing.T) {
	if err := machinecode.Release(); err != nil {
		t.Skip(err)
	}
	var l Lane
	start, size := int64(unsafe.Offsetof(l.stats)), int64(unsafe.Sizeof(l.stats))
	if start < int64(unsafe.Sizeof(l.frame)) {
		t.Fatal("offsets in the frame could pass for offsets in the statistics")
	}
	for name, c := range map[string]struct {
		function any
		words    int // of the T that it stores at offsets from the lane
	}{
		"End":         {(*Frame).End, 6},
		"publishHeld": {(*Lane).publishHeld, 2},
		"refuse":      {(*Lane).refuse, 0},
		"Drain":       {(*Lane).Drain, 0},
	} {
		var order []int64
		for _, disp := range stores(reflect.ValueOf(c.function).Pointer()) {
			if at := disp - start; at >= 0 && at < size {
				order = append(order, at)
			}
		}
		last := len(order) - 1
		if len(order) < c.words+2 || order[0] != 0 || order[last] != 8 ||
			slices.Contains(order[1:last], 0) || slices.Contains(order[1:last], 8) {
			t.Errorf("%s stores the words of the statistics in the order %v", name, order)
		}
	}
}

// stores lists the displacements that the function at entry stores to.
func stores(entry uintptr) (list []int64) {
	for pc := entry; ; {
		f := runtime.FuncForPC(pc)
		inst, err := x86asm.Decode(unsafe.Slice((*byte)(unsafe.Add(nil, pc)), 16), 64)
		if err != nil || f == nil || f.Entry() != entry {
			return list
		}
		if m, ok := inst.Args[0].(x86asm.Mem); ok && (strings.HasPrefix(inst.Op.String(), "MOV") || inst.Op == x86asm.INC || inst.Op == x86asm.ADD) {
			list = append(list, m.Disp)
		}
		pc += uintptr(inst.Len)
	}
}
