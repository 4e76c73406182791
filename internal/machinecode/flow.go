package machinecode

import (
	"slices"
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// flow builds the graph of a function.
type flow struct {
	binary *Binary
	graph  *Graph
	code   []inst
	index  map[uint64]int // of instructions, by address
	first  []int          // instruction of each block
	tables map[int][]uint64
	values *values
	grows  []bool // blocks that make the stack larger, before the function has its frame
}

// inst is an instruction at an address. Its operation is 0 if it cannot be decoded.
type inst struct {
	x86asm.Inst
	pc uint64
}

func (i inst) end() uint64 { return i.pc + uint64(i.Len) }

// target is the address that a relative operand means.
func (i inst) target() (uint64, bool) {
	rel, ok := i.Args[0].(x86asm.Rel)
	return i.end() + uint64(int64(rel)), ok
}

func newFlow(b *Binary, s *Symbol, code []byte) *flow {
	f := &flow{
		binary: b,
		graph:  &Graph{Symbol: s, Recovery: -1},
		code:   make([]inst, 0, len(code)/4),
		index:  make(map[uint64]int, len(code)/4),
		tables: map[int][]uint64{},
	}
	for at := 0; at < len(code); {
		if code[at] == int3 {
			at++
			continue
		}
		i := inst{pc: s.Entry + uint64(at)}
		decoded, err := x86asm.Decode(code[at:], 64)
		if err != nil || decoded.Len == 0 {
			f.graph.Undecoded = append(f.graph.Undecoded, i.pc)
			i.Len = 1
		} else {
			i.Inst = decoded
		}
		f.index[i.pc] = len(f.code)
		f.code = append(f.code, i)
		at += i.Len
	}
	f.values = &values{flow: f}
	return f
}

// blocks divides the function into blocks and joins them.
func (f *flow) blocks() {
	f.first, f.grows = nil, nil
	leaders := f.leaders()
	for i := range f.code {
		if leaders[i] {
			f.first = append(f.first, i)
		}
	}
	f.graph.Blocks = make([]Block, len(f.first))
	for n, i := range f.first {
		end := f.endOf(n)
		f.graph.Blocks[n] = Block{Start: f.code[i].pc, End: f.code[end-1].end(), Instructions: end - i}
	}
	// Tables need the joints that are known without them.
	for n := range f.graph.Blocks {
		f.join(n)
	}
	if f.jumpTables() {
		f.blocks()
		return
	}
	if offset := f.graph.Symbol.record.deferReturn(); offset != 0 {
		f.graph.Recovery = f.blockOf(f.graph.Symbol.Entry + uint64(offset))
	}
}

// endOf is the instruction behind block n.
func (f *flow) endOf(n int) int {
	if n+1 < len(f.first) {
		return f.first[n+1]
	}
	return len(f.code)
}

// leaders says which instructions begin a block.
func (f *flow) leaders() []bool {
	leaders := make([]bool, len(f.code)+1)
	leaders[0] = true
	note := func(address uint64) {
		if i, ok := f.index[address]; ok {
			leaders[i] = true
		}
	}
	for i, in := range f.code {
		switch {
		case isJump(in.Op):
			if target, ok := in.target(); ok {
				note(target)
			}
			leaders[i+1] = true
		case endsFlow(in.Op):
			leaders[i+1] = true
		}
	}
	for _, targets := range f.tables {
		for _, t := range targets {
			note(t)
		}
	}
	if offset := f.graph.Symbol.record.deferReturn(); offset != 0 {
		note(f.graph.Symbol.Entry + uint64(offset))
	}
	return leaders[:len(f.code)]
}

func endsFlow(op x86asm.Op) bool {
	return op == x86asm.RET || op == x86asm.UD0 || op == x86asm.UD1 || op == x86asm.UD2 || op == x86asm.HLT
}

// isJump reports whether op jumps, perhaps on a condition.
func isJump(op x86asm.Op) bool {
	switch op {
	case x86asm.JA, x86asm.JAE, x86asm.JB, x86asm.JBE, x86asm.JCXZ, x86asm.JE, x86asm.JECXZ, x86asm.JG, x86asm.JGE,
		x86asm.JL, x86asm.JLE, x86asm.JMP, x86asm.JNE, x86asm.JNO, x86asm.JNP, x86asm.JNS, x86asm.JO, x86asm.JP,
		x86asm.JRCXZ, x86asm.JS, x86asm.LOOP, x86asm.LOOPE, x86asm.LOOPNE:
		return true
	}
	return false
}

// blockOf is the block that an address is in, -1 if it is in none.
func (f *flow) blockOf(address uint64) int {
	n := f.graph.blockAt(address)
	if n < 0 {
		if i, ok := f.index[address]; ok {
			n, _ = slices.BinarySearch(f.first, i+1)
			n--
		}
	}
	return n
}

// join finds the successors of block n.
func (f *flow) join(n int) {
	block := &f.graph.Blocks[n]
	at := f.endOf(n) - 1
	last := f.code[at]
	next := func() {
		if n+1 < len(f.graph.Blocks) { // nothing returns from the last call to nowhere
			f.edge(n, n+1)
		}
	}
	target, relative := last.target()
	switch {
	case last.Op == x86asm.JMP && relative, isJump(last.Op) && last.Op != x86asm.JMP:
		if to := f.graph.blockAt(target); to >= 0 {
			f.edge(n, to)
		} else {
			block.Returns = true
		}
		if last.Op != x86asm.JMP {
			next()
		}
	case last.Op == x86asm.JMP:
		targets, ok := f.tables[at]
		for _, t := range targets {
			f.edge(n, f.graph.blockAt(t))
		}
		block.Open = !ok
	case last.Op == x86asm.RET:
		block.Returns = true
	case endsFlow(last.Op):
	default:
		next()
	}
}

func (f *flow) edge(from, to int) {
	if to < 0 || slices.Contains(f.graph.Blocks[from].Succs, to) {
		return
	}
	f.graph.Blocks[from].Succs = append(f.graph.Blocks[from].Succs, to)
	f.graph.Blocks[to].Preds = append(f.graph.Blocks[to].Preds, from)
}

// jumpTables reads the tables of jumps whose targets are unknown so far, and reports
// whether it read any.
func (f *flow) jumpTables() bool {
	found := false
	for n := range f.graph.Blocks {
		at := f.endOf(n) - 1
		memory, ok := f.code[at].Args[0].(x86asm.Mem)
		if _, known := f.tables[at]; known || f.code[at].Op != x86asm.JMP || !ok || memory.Scale != wordSize || memory.Index == 0 {
			continue
		}
		start, ok := f.values.constant(at, memory.Base)
		if !ok {
			continue
		}
		f.tables[at] = f.table(start+uint64(memory.Disp), f.entries(at, memory.Index))
		found = true
	}
	return found
}

// maxTable limits the entries of a jump table. The compiler makes one for each 1024
// cases at most.
const maxTable = 1 << 16

// table reads at most that many entries of a jump table: as long as they are
// addresses of this function's instructions.
func (f *flow) table(address uint64, entries int) []uint64 {
	var targets []uint64
	for range entries {
		target, ok := f.binary.image.constant(address)
		if _, inside := f.index[target]; !ok || !inside {
			break
		}
		targets = append(targets, target)
		address += wordSize
	}
	return targets
}

// entries is the size of the table that is indexed by a register, from the comparison
// before the jump; maxTable where that is not found.
func (f *flow) entries(at int, index x86asm.Reg) int {
	for i := at - 1; i >= 0 && i > at-16; i-- {
		in := f.code[i]
		if in.Op == x86asm.CMP && in.Args[0] == index {
			if limit, ok := in.Args[1].(x86asm.Imm); ok && limit >= 0 && limit < maxTable {
				return int(limit) + 1
			}
		}
		if in.Op == x86asm.CALL || writes(in, index) {
			break
		}
	}
	return maxTable
}

// calls finds the calls of each block.
func (f *flow) calls() {
	for n := range f.graph.Blocks {
		block := &f.graph.Blocks[n]
		for i := f.first[n]; i < f.endOf(n); i++ {
			in := f.code[i]
			f.recordAddress(in)
			switch {
			case in.Op == x86asm.CALL:
				block.Calls = append(block.Calls, f.call(i))
			case isJump(in.Op):
				target, relative := in.target()
				_, table := f.tables[i]
				if relative && f.graph.blockAt(target) >= 0 || table {
					continue
				}
				c := f.call(i)
				c.Jump = true
				block.Calls = append(block.Calls, c)
				if c.Targets != nil {
					block.Open, block.Returns = false, true
				}
			}
		}
	}
}

// recordAddress keeps the address that an instruction computes from its own.
func (f *flow) recordAddress(in inst) {
	if memory, ok := in.Args[1].(x86asm.Mem); ok && in.Op == x86asm.LEA && memory.Base == x86asm.RIP {
		f.graph.addresses = append(f.graph.addresses, in.end()+uint64(memory.Disp))
	}
}

// call is the call, or the jump out of the function, at instruction i.
func (f *flow) call(i int) Call {
	in := f.code[i]
	c := Call{PC: in.pc}
	if target, ok := in.target(); ok {
		c.Address = target
		if s, ok := f.binary.At(target); ok {
			c.Targets = []*Symbol{s}
		}
		return c
	}
	var addresses []uint64
	var known bool
	switch a := in.Args[0].(type) {
	case x86asm.Reg:
		c.Kind = f.kind(i, a)
		addresses, known = f.values.constants(i, a)
	case x86asm.Mem:
		c.Kind = memoryKind(a)
		addresses, known = f.values.loaded(i, a)
	}
	if !known {
		return c
	}
	for _, address := range addresses {
		if address == 0 {
			continue // calling a nil function panics
		}
		s, ok := f.binary.At(address)
		if !ok || s.Entry != address {
			c.Targets = nil
			return c
		}
		if !slices.Contains(c.Targets, s) {
			c.Targets = append(c.Targets, s)
		}
	}
	return c
}

// kind says where the address in a register comes from.
func (f *flow) kind(at int, r x86asm.Reg) CallKind {
	start := f.first[f.blockOf(f.code[at].pc)]
	for i := at - 1; i >= start; i-- {
		in := f.code[i]
		if !writes(in, r) {
			continue
		}
		if in.Op != x86asm.MOV {
			break
		}
		switch source := in.Args[1].(type) {
		case x86asm.Mem:
			return memoryKind(source)
		case x86asm.Reg:
			r = source
		}
	}
	return Pointer
}

// memoryKind says what holds an address: a closure has the one of its code in its
// first word, a method table has those of methods behind its header.
func memoryKind(m x86asm.Mem) CallKind {
	switch {
	case m.Base == x86asm.RIP:
		return Pointer
	case m.Disp == 0, m.Base == x86asm.RSP:
		return Closure
	case m.Disp >= itabHeader:
		return Interface
	}
	return Pointer
}

// growing reports whether instruction i is in a block that makes the stack larger.
func (f *flow) growing(i int) bool {
	if f.grows == nil {
		f.grows = make([]bool, len(f.first))
		for n := range f.first {
			for _, in := range f.code[f.first[n]:f.endOf(n)] {
				target, ok := in.target()
				if ok && in.Op == x86asm.CALL {
					s, ok := f.binary.At(target)
					f.grows[n] = f.grows[n] || ok && strings.HasPrefix(s.Name, "runtime.morestack")
				}
			}
		}
	}
	n := f.blockOf(f.code[i].pc)
	return n >= 0 && f.grows[n]
}

// keepsRegisters reports whether a call leaves the registers as they are, which
// only a few functions of the runtime do.
func (f *flow) keepsRegisters(in inst) bool {
	target, ok := in.target()
	if !ok {
		return false
	}
	s, ok := f.binary.At(target)
	return ok && (strings.HasPrefix(s.Name, "runtime.gcWriteBarrier") || strings.HasPrefix(s.Name, "gcWriteBarrier"))
}
