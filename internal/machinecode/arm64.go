package machinecode

import "golang.org/x/arch/arm64/arm64asm"

type arm64 struct{}

func (arm64) decode(code []byte, pc uint64) instruction {
	in := instruction{size: 4}
	if len(code) < 4 {
		in.size = len(code)
		return in
	}
	if code[0]|code[1]|code[2]|code[3] == 0 {
		in.kind = padding
		return in
	}
	inst, err := arm64asm.Decode(code)
	if err != nil {
		return in
	}
	for _, a := range inst.Args {
		if rel, ok := a.(arm64asm.PCRel); ok {
			in.target = uint64(int64(pc) + int64(rel))
		}
	}
	switch inst.Op {
	case arm64asm.BL:
		in.kind = call
	case arm64asm.BLR:
		in.kind = indirectCall
	case arm64asm.BR:
		in.kind = indirectJump
	case arm64asm.B, arm64asm.CBZ, arm64asm.CBNZ, arm64asm.TBZ, arm64asm.TBNZ:
		in.kind = jump
	}
	return in
}
