//go:build !race && !asan

package core

import (
	"reflect"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/arch/x86/x86asm"

	"github.com/memkit-go/memkit/internal/machinecode"
)

// TestPublishKeepsOrder reads off the machine code that was linked that a
// publication's first store on the board says it has begun, and its last that it
// is done.
func TestPublishKeepsOrder(t *testing.T) {
	if err := machinecode.Release(); err != nil {
		t.Skip(err)
	}
	var l Lane
	begin := int64(unsafe.Offsetof(l.board))
	words := map[int64]bool{}
	var order []int64
	for _, disp := range stores(reflect.ValueOf((*Lane).publish).Pointer()) {
		if at := disp - begin; at >= 0 && at < int64(unsafe.Sizeof(l.board)) {
			words[at] = true
			order = append(order, at)
		}
	}
	if len(words) != int(unsafe.Sizeof(l.board))/8 {
		t.Fatalf("stores at %v, want every word of the board", order)
	}
	last := len(order) - 1
	if order[0] != int64(unsafe.Offsetof(l.board.begun)) || order[last] != int64(unsafe.Offsetof(l.board.done)) || last+1 != len(words) {
		t.Errorf("the board's words are stored in the order %v", order)
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
		if m, ok := inst.Args[0].(x86asm.Mem); ok && strings.HasPrefix(inst.Op.String(), "MOV") {
			list = append(list, m.Disp)
		}
		pc += uintptr(inst.Len)
	}
}
