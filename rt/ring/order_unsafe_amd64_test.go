//go:build !race && !asan && !interleave

package ring

import (
	"reflect"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/arch/x86/x86asm"
)

// On amd64 a plain store releases a message, which is right as long as the
// compiler leaves the order of stores, and of loads before stores, as written.
// The test reads it off the machine code that was linked. Messages of six words are
// copied by other instructions than a release.

type wide [6]uint64

//go:noinline
func spscPushWide(p *Producer[wide], v wide) bool { return p.Push(v) }

//go:noinline
func spscPopWide(c *Consumer[wide]) (wide, bool) { return c.Pop() }

//go:noinline
func mpmcPush(q *MPMC[uint64], v uint64) bool { return q.Push(v) }

//go:noinline
func mpmcPop(q *MPMC[wide]) (wide, bool) { return q.Pop() }

//go:noinline
func mpmcPushBatch(q *MPMC[wide], src []wide) int { return q.PushBatch(src) }

//go:noinline
func mpmcPopBatch(q *MPMC[wide], dst []wide) int { return q.PopBatch(dst) }

func TestReleaseIsLast(t *testing.T) {
	if len(calls(code(spscPushWide))) > 0 {
		t.Skip("built without optimisation: what Push calls is not inlined")
	}
	for _, c := range []struct {
		name  string
		f     any
		store bool // the value is stored before the release, else loaded
		word  bool // the value is a word, else six
		skips int  // branches between the value and the release
	}{
		{"SPSC push, wide", spscPushWide, true, false, 1},
		{"SPSC pop, wide", spscPopWide, false, false, 1},
		{"MPMC push", mpmcPush, true, true, 0},
		{"MPMC pop, wide", mpmcPop, false, false, 0},
		{"MPMC push of a batch, wide", mpmcPushBatch, true, false, 0},
		{"MPMC pop of a batch, wide", mpmcPopBatch, false, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			checkRelease(t, code(c.f), c.store, c.word, c.skips)
		})
	}
}

// code is the machine code of what the function f calls, inlined or not.
func code(f any) []instruction {
	list := decode(reflect.ValueOf(f).Pointer())
	if callees := calls(list); len(callees) > 0 {
		return decode(callees[0])
	}
	return list
}

// checkRelease demands that the one store to offset 0 of an address from a
// register, the release, follows every access to the value; and that there is
// such an access behind the last branch but skips.
func checkRelease(t *testing.T, list []instruction, stores, word bool, skips int) {
	t.Helper()
	release := -1
	var accesses []int
	for n, i := range list {
		access := i.load
		if stores {
			access = i.store
		}
		switch {
		case i.Op == x86asm.MOV && i.store != nil && i.store.Disp == 0:
			if release >= 0 {
				t.Fatalf("two releases, %v and %v", list[release], i)
			}
			release = n
		case access != nil && (i.Op == x86asm.MOVUPS || word && i.Op == x86asm.MOV && access.Disp == 8):
			accesses = append(accesses, n)
		}
	}
	if release < 0 {
		t.Fatalf("no release in %v", list)
	}
	branch := release
	for branch >= 0 {
		if list[branch].branches() {
			if skips == 0 {
				break
			}
			skips--
		}
		branch--
	}
	near := 0
	for _, n := range accesses {
		if n > release {
			t.Errorf("%v follows the release %v", list[n], list[release])
		} else if n > branch {
			near++
		}
	}
	if near == 0 {
		t.Errorf("no access to the value before the release in %v", list)
	}
}

// instruction of a function, with the memory it loads from or stores to, unless
// that is the stack.
type instruction struct {
	x86asm.Inst
	pc          uintptr
	load, store *x86asm.Mem
}

func (i instruction) branches() bool {
	name := i.Op.String()
	return strings.HasPrefix(name, "J") || name == "CALL" || name == "RET"
}

// decode reads the function that starts at entry out of this process's memory.
func decode(entry uintptr) (list []instruction) {
	stack := map[x86asm.Reg]bool{x86asm.RSP: true, x86asm.RBP: true}
	for pc := entry; ; {
		f := runtime.FuncForPC(pc)
		inst, err := x86asm.Decode(unsafe.Slice((*byte)(unsafe.Add(nil, pc)), 16), 64)
		if err != nil || f == nil || f.Entry() != entry {
			return list
		}
		i := instruction{Inst: inst, pc: pc}
		to, _ := inst.Args[0].(x86asm.Reg)
		if strings.HasPrefix(inst.Op.String(), "MOV") {
			i.store, i.load = offStack(inst.Args[0], stack), offStack(inst.Args[1], stack)
		}
		if address, ok := inst.Args[1].(x86asm.Mem); ok && inst.Op == x86asm.LEA {
			stack[to] = stack[address.Base]
		} else if to != x86asm.RSP && to != x86asm.RBP {
			delete(stack, to)
		}
		list = append(list, i)
		pc += uintptr(inst.Len)
	}
}

func offStack(a x86asm.Arg, stack map[x86asm.Reg]bool) *x86asm.Mem {
	if m, ok := a.(x86asm.Mem); ok && !stack[m.Base] {
		return &m
	}
	return nil
}

// calls lists the functions of this package that are called.
func calls(list []instruction) (entries []uintptr) {
	for _, i := range list {
		rel, ok := i.Args[0].(x86asm.Rel)
		if !ok || i.Op != x86asm.CALL {
			continue
		}
		target := i.pc + uintptr(i.Len) + uintptr(int64(rel))
		if f := runtime.FuncForPC(target); f != nil && strings.Contains(f.Name(), "rt/ring.") {
			entries = append(entries, target)
		}
	}
	return entries
}
