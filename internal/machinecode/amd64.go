package machinecode

import "golang.org/x/arch/x86/x86asm"

type amd64 struct{}

const int3 = 0xcc // fills the space between functions

func (amd64) decode(code []byte, pc uint64) instruction {
	if code[0] == int3 {
		return instruction{size: 1, kind: padding}
	}
	inst, err := x86asm.Decode(code, 64)
	if err != nil || inst.Len == 0 {
		return instruction{size: 1}
	}
	in := instruction{size: inst.Len}
	rel, direct := inst.Args[0].(x86asm.Rel)
	in.target = uint64(int64(pc) + int64(inst.Len) + int64(rel))
	switch {
	case inst.Op == x86asm.CALL && direct:
		in.kind = call
	case inst.Op == x86asm.CALL:
		in.kind = indirectCall
	case inst.Op == x86asm.JMP && !direct:
		in.kind = indirectJump
	case direct: // every other instruction with a relative operand is a jump
		in.kind = jump
	}
	return in
}
