package machinecode

import (
	"debug/elf"
	"fmt"
)

// Graph is the control flow of a function.
type Graph struct {
	Symbol *Symbol
	// Blocks in code order. The function is entered at the first; a function with a
	// deferred call can also be entered at block Recovery, after a panic.
	Blocks   []Block
	Recovery int // -1: none
	// Undecoded are the addresses of bytes that are no known instruction.
	Undecoded []uint64

	addresses []uint64 // that instructions take
}

// Block is a sequence of instructions that is entered at its first and left at its
// last.
type Block struct {
	Start, End   uint64 // addresses
	Instructions int
	Succs, Preds []int
	Calls        []Call
	// Returns: its last instruction is a return, or a jump to another function.
	Returns bool
	// Open: it ends in a jump whose targets are unknown.
	Open bool
}

// CallKind says how a call finds the function.
type CallKind int

// The kinds of calls.
const (
	Direct    CallKind = iota // the instruction names the function
	Closure                   // through a function value
	Interface                 // through a method table
	Pointer                   // through an address from elsewhere
)

func (k CallKind) String() string {
	return [...]string{"direct", "closure", "interface", "pointer"}[k]
}

// Call is a call, or a jump to another function.
type Call struct {
	PC   uint64
	Kind CallKind
	// Targets are the functions that it can reach. Empty where they are not known,
	// and where the target is no Go function.
	Targets []*Symbol
	// Address of the target of a direct call.
	Address uint64
	// Jump: control does not come back to this function.
	Jump bool
}

// Graph decodes a function. It can read amd64 only.
func (b *Binary) Graph(s *Symbol) (*Graph, error) {
	if b.image.machine != elf.EM_X86_64 {
		return nil, fmt.Errorf("machinecode: %s: code for %v: control flow can be read for amd64 only", b.path, b.image.machine)
	}
	code, err := b.code(s)
	if err != nil {
		return nil, err
	}
	f := newFlow(b, s, code)
	f.blocks()
	f.calls()
	return f.graph, nil
}

// blockAt is the block that begins at an address, -1 if none does.
func (g *Graph) blockAt(address uint64) int {
	low, high := 0, len(g.Blocks)
	for low < high {
		middle := (low + high) / 2
		if g.Blocks[middle].Start < address {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low < len(g.Blocks) && g.Blocks[low].Start == address {
		return low
	}
	return -1
}
