package machinecode

import (
	"slices"

	"golang.org/x/arch/x86/x86asm"
)

// values finds the addresses that a register can hold, where they do not depend on
// what the function is given: function values that the function itself makes, and
// words of data that no program writes.
type values struct {
	flow   *flow
	stores map[int64][]int // instructions that write a word of the stack, by offset
	taken  []int64         // offsets of stack variables whose address is taken
	opaque bool            // the stack is written in a way that is not followed
}

// value is a constant, or an address in the function's stack frame.
type value struct {
	number  uint64
	onStack bool
}

const (
	maxValues = 16
	maxDepth  = 24
)

// search is one look for the values of a register.
type search struct {
	*values
	seen  map[place]bool
	found []value
	steps *int // left, for this search and those that it needs
}

// place is a register at the end of a block.
type place struct {
	block int
	reg   x86asm.Reg
}

// maxSteps limits the instructions that a search looks at.
const maxSteps = 20000

func (v *values) search() *search {
	steps := maxSteps
	return &search{values: v, seen: map[place]bool{}, steps: &steps}
}

// constant is the one constant that a register holds before instruction i.
func (v *values) constant(i int, r x86asm.Reg) (uint64, bool) {
	found, ok := v.constants(i, r)
	if !ok || len(found) != 1 {
		return 0, false
	}
	return found[0], true
}

// constants are those that a register can hold before instruction i, if it holds
// nothing else.
func (v *values) constants(i int, r x86asm.Reg) ([]uint64, bool) {
	s := v.search()
	ok := s.register(i, r, 0)
	return numbers(s.found, ok)
}

// loaded are the constants that a word of memory can hold before instruction i.
func (v *values) loaded(i int, m x86asm.Mem) ([]uint64, bool) {
	s := v.search()
	ok := s.load(i, m, 0)
	return numbers(s.found, ok)
}

func numbers(found []value, ok bool) ([]uint64, bool) {
	if !ok || len(found) == 0 {
		return nil, false
	}
	list := make([]uint64, 0, len(found))
	for _, f := range found {
		if f.onStack {
			return nil, false
		}
		list = append(list, f.number)
	}
	return list, true
}

// before collects apart what a register can hold before instruction i.
func (s *search) before(i int, r x86asm.Reg, depth int) ([]value, bool) {
	inner := &search{values: s.values, seen: map[place]bool{}, steps: s.steps}
	ok := inner.register(i, r, depth)
	return inner.found, ok
}

func (s *search) add(f value) bool {
	if !slices.Contains(s.found, f) {
		s.found = append(s.found, f)
	}
	return len(s.found) <= maxValues
}

// register collects what a register can hold before instruction i. It reports
// whether that is all.
func (s *search) register(i int, r x86asm.Reg, depth int) bool {
	return s.within(s.flow.blockOf(s.flow.code[i].pc), i, r, depth)
}

// within does so from instruction i of block n, or from behind its end.
func (s *search) within(n, i int, r x86asm.Reg, depth int) bool {
	f := s.flow
	if n < 0 || depth > maxDepth {
		return false
	}
	for j := i - 1; j >= f.first[n]; j-- {
		in := f.code[j]
		if *s.steps--; *s.steps < 0 {
			return false
		}
		if in.Op == x86asm.CALL && f.keepsRegisters(in) && r != x86asm.R11 {
			continue
		}
		if in.Op == 0 {
			return false
		}
		if writes(in, r) {
			return s.written(j, r, depth)
		}
	}
	preds := f.graph.Blocks[n].Preds
	if len(preds) == 0 || n == 0 || n == f.graph.Recovery {
		return false
	}
	for _, p := range preds {
		if at := (place{p, r}); !s.seen[at] {
			s.seen[at] = true
			if !s.within(p, f.endOf(p), r, depth+1) {
				return false
			}
		}
	}
	return true
}

// written collects what instruction j writes into a register.
func (s *search) written(j int, r x86asm.Reg, depth int) bool {
	in := s.flow.code[j]
	if in.Args[0] != r {
		return false
	}
	switch in.Op {
	case x86asm.MOV:
		switch source := in.Args[1].(type) {
		case x86asm.Reg:
			return s.register(j, source, depth+1)
		case x86asm.Mem:
			return s.load(j, source, depth+1)
		}
	case x86asm.LEA:
		return s.address(j, in.Args[1].(x86asm.Mem))
	case x86asm.XOR:
		return in.Args[1] == r && s.add(value{})
	case x86asm.CMOVA, x86asm.CMOVAE, x86asm.CMOVB, x86asm.CMOVBE, x86asm.CMOVE, x86asm.CMOVG, x86asm.CMOVGE,
		x86asm.CMOVL, x86asm.CMOVLE, x86asm.CMOVNE, x86asm.CMOVNO, x86asm.CMOVNP, x86asm.CMOVNS, x86asm.CMOVO,
		x86asm.CMOVP, x86asm.CMOVS:
		source, ok := in.Args[1].(x86asm.Reg)
		return ok && s.register(j, source, depth+1) && s.register(j, r, depth+1)
	}
	return false
}

// address collects the address that an operand means.
func (s *search) address(j int, m x86asm.Mem) bool {
	switch {
	case m.Index != 0:
		return false
	case m.Base == x86asm.RIP:
		return s.add(value{number: s.flow.code[j].end() + uint64(m.Disp)})
	case m.Base == x86asm.RSP:
		return s.add(value{number: uint64(m.Disp), onStack: true})
	}
	return false
}

// load collects what a word of memory can hold before instruction j.
func (s *search) load(j int, m x86asm.Mem, depth int) bool {
	if m.Index != 0 || depth > maxDepth {
		return false
	}
	switch m.Base {
	case x86asm.RIP:
		return s.constantAt(s.flow.code[j].end() + uint64(m.Disp))
	case x86asm.RSP:
		return s.slot(m.Disp, depth)
	}
	bases, ok := s.before(j, m.Base, depth+1)
	if !ok || len(bases) == 0 {
		return false
	}
	for _, b := range bases {
		switch {
		case b.onStack:
			if m.Disp != 0 || !s.slot(int64(b.number), depth) {
				return false
			}
		case b.number == 0: // a load from nil panics
		case !s.constantAt(b.number + uint64(m.Disp)):
			return false
		}
	}
	return true
}

func (s *search) constantAt(address uint64) bool {
	w, ok := s.flow.binary.image.constant(address)
	return ok && s.add(value{number: w})
}

// slot collects what a word of the stack frame can hold at any time. A word whose
// address others may have is not followed, unless this function writes nothing there
// but addresses of code: it then belongs to a closure, which others do not write.
func (s *search) slot(offset int64, depth int) bool {
	s.readStores()
	if s.opaque || len(s.stores[offset]) == 0 {
		return false
	}
	code := true
	for _, i := range s.stores[offset] {
		in := s.flow.code[i]
		source, ok := in.Args[1].(x86asm.Reg)
		switch {
		case in.Op == x86asm.MOV && !ok: // an immediate: 0
			if in.Args[1] != x86asm.Imm(0) {
				return false
			}
		case source == x86asm.X15: // holds 0 in Go
		case in.Op != x86asm.MOV:
			return false
		default:
			found, ok := s.before(i, source, depth+1)
			if !ok {
				return false
			}
			for _, f := range found {
				code = code && !f.onStack && s.flow.binary.nameAt(f.number) != ""
				if !s.add(f) {
					return false
				}
			}
		}
	}
	return code || !s.shared(offset, depth)
}

// shared reports whether others may have the address of a word of the stack: the
// address of a variable that begins there, or before, is taken, and no closure begins
// between them.
func (s *search) shared(offset int64, depth int) bool {
	for _, t := range s.taken {
		if t <= offset && !s.isClosure(t, depth) && !s.closureBetween(t, offset, depth) {
			return true
		}
	}
	return false
}

func (s *search) closureBetween(from, to int64, depth int) bool {
	for at := range s.stores {
		if from < at && at <= to && s.isClosure(at, depth) {
			return true
		}
	}
	return false
}

// isClosure reports whether a closure is at that offset: the address of code is
// written there, which nothing else in Go holds.
func (s *search) isClosure(offset int64, depth int) bool {
	for _, i := range s.stores[offset] {
		in := s.flow.code[i]
		if source, ok := in.Args[1].(x86asm.Reg); ok && in.Op == x86asm.MOV {
			if found, ok := numbers(s.before(i, source, depth+1)); ok && s.flow.binary.nameAt(found[0]) != "" {
				return true
			}
		}
	}
	return false
}

// readStores looks for the instructions that write to the stack frame.
func (v *values) readStores() {
	if v.stores != nil {
		return
	}
	v.stores = map[int64][]int{}
	for i, in := range v.flow.code {
		if v.flow.growing(i) {
			continue
		}
		if memory, ok := in.Args[1].(x86asm.Mem); ok && in.Op == x86asm.LEA && memory.Base == x86asm.RSP {
			v.taken = append(v.taken, memory.Disp)
		}
		memory, ok := in.Args[0].(x86asm.Mem)
		if !ok || memory.Base != x86asm.RSP || !writesFirst(in.Op) {
			continue
		}
		if memory.Index != 0 {
			v.opaque = true
			return
		}
		size := max(in.MemBytes, 1)
		if in.Op == x86asm.MOV && in.DataSize == 64 {
			size = wordSize
		}
		// A wide store writes several words; a narrow one a part of a word.
		first := memory.Disp - (memory.Disp%wordSize+wordSize)%wordSize
		for at := first; at < memory.Disp+int64(size); at += wordSize {
			v.stores[at] = append(v.stores[at], i)
		}
	}
}

// writesFirst reports whether an operation writes its first operand.
func writesFirst(op x86asm.Op) bool {
	switch op {
	case x86asm.CMP, x86asm.TEST, x86asm.PUSH, x86asm.NOP, x86asm.CALL, x86asm.JMP, x86asm.BT, x86asm.UCOMISD,
		x86asm.UCOMISS, x86asm.COMISD, x86asm.COMISS, x86asm.PREFETCHT0, x86asm.PREFETCHNTA, x86asm.PTEST:
		return false
	}
	return true
}

// writes reports whether an instruction may write a 64-bit register.
func writes(in inst, r x86asm.Reg) bool {
	switch in.Op {
	case x86asm.CALL:
		return true
	case x86asm.XCHG, x86asm.XADD:
		if full(in.Args[1]) == r {
			return true
		}
	case x86asm.CMPXCHG, x86asm.LODSB, x86asm.LODSW, x86asm.LODSD, x86asm.LODSQ:
		if r == x86asm.RAX || r == x86asm.RSI {
			return true
		}
	case x86asm.MUL, x86asm.IMUL, x86asm.DIV, x86asm.IDIV, x86asm.CDQ, x86asm.CQO, x86asm.CWD, x86asm.CDQE, x86asm.CWDE,
		x86asm.CMPXCHG8B, x86asm.CMPXCHG16B, x86asm.RDTSC, x86asm.XGETBV:
		if r == x86asm.RAX || r == x86asm.RDX {
			return true
		}
	case x86asm.CPUID, x86asm.RDTSCP, x86asm.SYSCALL:
		if r == x86asm.RAX || r == x86asm.RBX || r == x86asm.RCX || r == x86asm.RDX || r == x86asm.R11 {
			return true
		}
	case x86asm.MOVSB, x86asm.MOVSW, x86asm.MOVSD, x86asm.MOVSQ, x86asm.STOSB, x86asm.STOSW, x86asm.STOSD, x86asm.STOSQ,
		x86asm.SCASB, x86asm.CMPSB, x86asm.LOOP, x86asm.LOOPE, x86asm.LOOPNE:
		if r == x86asm.RCX || r == x86asm.RSI || r == x86asm.RDI {
			return true
		}
	}
	return writesFirst(in.Op) && full(in.Args[0]) == r
}

// full is the 64-bit register that a general register is a part of, 0 for others.
func full(a x86asm.Arg) x86asm.Reg {
	r, ok := a.(x86asm.Reg)
	switch {
	case !ok:
		return 0
	case r >= x86asm.AL && r <= x86asm.BL:
		return r - x86asm.AL + x86asm.RAX
	case r >= x86asm.AH && r <= x86asm.BH:
		return r - x86asm.AH + x86asm.RAX
	case r >= x86asm.SPB && r <= x86asm.R15B:
		return r - x86asm.SPB + x86asm.RSP
	case r >= x86asm.AX && r <= x86asm.R15W:
		return r - x86asm.AX + x86asm.RAX
	case r >= x86asm.EAX && r <= x86asm.R15L:
		return r - x86asm.EAX + x86asm.RAX
	case r >= x86asm.RAX && r <= x86asm.R15:
		return r
	}
	return 0
}
