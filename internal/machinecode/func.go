package machinecode

import "strings"

// Func is one function's machine code.
type Func struct {
	Name string
	// Instructions counts all of them, padding within the function included,
	// padding behind it not.
	Instructions int
	// Calls are the targets of calls and of jumps out of the function, in code
	// order; "indirect" where a register or memory holds the target.
	Calls []string
	// Loops are backward jumps within the function, except the prologue's, which
	// restarts the function after the stack has grown.
	Loops []Jump
}

// Jump is a jump from one offset in a function to a lower or equal one.
type Jump struct{ From, To int }

// HotCalls are f's calls without those that a hot path may have: growing the
// stack, which a thread with a warm stack never does, and panicking.
func (f *Func) HotCalls() []string {
	var hot []string
	for _, c := range f.Calls {
		if !strings.HasPrefix(c, "runtime.morestack") && !strings.HasPrefix(c, "runtime.panic") && c != "runtime.gopanic" {
			hot = append(hot, c)
		}
	}
	return hot
}

// kind classifies an instruction.
type kind int

const (
	plain        kind = iota
	jump              // to target, conditional or not
	call              // of target
	indirectCall      // through a register or memory
	indirectJump
	padding // between functions
)

// instruction is a decoded instruction; target is an address.
type instruction struct {
	size   int
	kind   kind
	target uint64
}

// architecture decodes the instruction at address pc. Bytes that it cannot decode
// count as a plain instruction of the smallest size.
type architecture interface {
	decode(code []byte, pc uint64) instruction
}

func (b *Binary) decode(fn *Symbol, code []byte) *Func {
	f := &Func{Name: fn.Name}
	pending := 0 // padding that is behind the function unless more code follows
	for at := 0; at < len(code); {
		pc := fn.Entry + uint64(at)
		in := b.arch.decode(code[at:], pc)
		if in.kind == padding {
			pending++
		} else {
			f.Instructions += pending + 1
			pending = 0
		}
		inside := in.target >= fn.Entry && in.target < fn.End
		switch {
		case in.kind == indirectCall, in.kind == indirectJump:
			f.Calls = append(f.Calls, "indirect")
		case in.kind == call, in.kind == jump && !inside:
			f.Calls = append(f.Calls, b.nameAt(in.target))
		case in.kind == jump && in.target <= pc && !(in.target == fn.Entry && f.afterMorestack()):
			f.Loops = append(f.Loops, Jump{at, int(in.target - fn.Entry)})
		}
		at += in.size
	}
	return f
}

// afterMorestack reports whether the last call was the prologue's.
func (f *Func) afterMorestack() bool {
	return len(f.Calls) > 0 && strings.HasPrefix(f.Calls[len(f.Calls)-1], "runtime.morestack")
}
