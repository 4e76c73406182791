#include "textflag.h"

// The steps of k in a vector of four: 0, 1, 2, 3.
DATA steps<>+0(SB)/4, $0.0
DATA steps<>+4(SB)/4, $1.0
DATA steps<>+8(SB)/4, $2.0
DATA steps<>+12(SB)/4, $3.0
GLOBL steps<>(SB), RODATA|NOPTR, $16

DATA four<>+0(SB)/4, $4.0
DATA four<>+4(SB)/4, $4.0
DATA four<>+8(SB)/4, $4.0
DATA four<>+12(SB)/4, $4.0
GLOBL four<>(SB), RODATA|NOPTR, $16

DATA one<>+0(SB)/4, $1.0
GLOBL one<>(SB), RODATA|NOPTR, $4

// func scale(dst, src []float32, gain float32)
TEXT ·scale(SB), NOSPLIT, $0-52
	MOVQ   dst_base+0(FP), DI
	MOVQ   src_base+24(FP), SI
	MOVQ   src_len+32(FP), CX
	MOVSS  gain+48(FP), X0
	SHUFPS $0, X0, X0
	SUBQ   $16, CX
	JLT    scale4

scale16:
	MOVUPS (SI), X1
	MOVUPS 16(SI), X2
	MOVUPS 32(SI), X3
	MOVUPS 48(SI), X4
	MULPS  X0, X1
	MULPS  X0, X2
	MULPS  X0, X3
	MULPS  X0, X4
	MOVUPS X1, (DI)
	MOVUPS X2, 16(DI)
	MOVUPS X3, 32(DI)
	MOVUPS X4, 48(DI)
	ADDQ   $64, SI
	ADDQ   $64, DI
	SUBQ   $16, CX
	JGE    scale16

scale4:
	ADDQ $12, CX // 16 − 4
	JLT  scale1

scale4loop:
	MOVUPS (SI), X1
	MULPS  X0, X1
	MOVUPS X1, (DI)
	ADDQ   $16, SI
	ADDQ   $16, DI
	SUBQ   $4, CX
	JGE    scale4loop

scale1:
	ADDQ $3, CX // 4 − 1
	JLT  scaleDone

scale1loop:
	MOVSS (SI), X1
	MULSS X0, X1
	MOVSS X1, (DI)
	ADDQ  $4, SI
	ADDQ  $4, DI
	SUBQ  $1, CX
	JGE   scale1loop

scaleDone:
	RET

// func ramp(dst, src []float32, from, rise, k float32)
TEXT ·ramp(SB), NOSPLIT, $0-60
	MOVQ   dst_base+0(FP), DI
	MOVQ   src_base+24(FP), SI
	MOVQ   src_len+32(FP), CX
	MOVSS  from+48(FP), X0
	SHUFPS $0, X0, X0
	MOVSS  rise+52(FP), X1
	SHUFPS $0, X1, X1
	MOVSS  k+56(FP), X2
	SHUFPS $0, X2, X2
	MOVUPS steps<>(SB), X3
	ADDPS  X3, X2          // k, k+1, k+2, k+3
	MOVUPS four<>(SB), X3
	SUBQ   $16, CX
	JLT    ramp4

	// Four vectors of k, so that a sample does not wait for the one before it.
	MOVAPS X2, X6
	ADDPS  X3, X6
	MOVAPS X6, X7
	ADDPS  X3, X7
	MOVAPS X7, X8
	ADDPS  X3, X8
	MOVAPS X3, X9
	ADDPS  X9, X9
	ADDPS  X9, X9          // 16

ramp16loop:
	MOVAPS X2, X10
	MOVAPS X6, X11
	MOVAPS X7, X12
	MOVAPS X8, X13
	MULPS  X1, X10
	MULPS  X1, X11
	MULPS  X1, X12
	MULPS  X1, X13
	ADDPS  X0, X10
	ADDPS  X0, X11
	ADDPS  X0, X12
	ADDPS  X0, X13
	MOVUPS (SI), X4
	MOVUPS 16(SI), X5
	MULPS  X4, X10
	MULPS  X5, X11
	MOVUPS 32(SI), X4
	MOVUPS 48(SI), X5
	MULPS  X4, X12
	MULPS  X5, X13
	MOVUPS X10, (DI)
	MOVUPS X11, 16(DI)
	MOVUPS X12, 32(DI)
	MOVUPS X13, 48(DI)
	ADDPS  X9, X2
	ADDPS  X9, X6
	ADDPS  X9, X7
	ADDPS  X9, X8
	ADDQ   $64, SI
	ADDQ   $64, DI
	SUBQ   $16, CX
	JGE    ramp16loop

ramp4:
	ADDQ $12, CX // 16 − 4
	JLT  ramp1

ramp4loop:
	MOVAPS X2, X4
	MULPS  X1, X4
	ADDPS  X0, X4
	MOVUPS (SI), X5
	MULPS  X5, X4
	MOVUPS X4, (DI)
	ADDPS  X3, X2
	ADDQ   $16, SI
	ADDQ   $16, DI
	SUBQ   $4, CX
	JGE    ramp4loop

ramp1:
	MOVSS one<>(SB), X3
	ADDQ  $3, CX
	JLT   rampDone

ramp1loop:
	MOVAPS X2, X4
	MULSS  X1, X4
	ADDSS  X0, X4
	MULSS  (SI), X4
	MOVSS  X4, (DI)
	ADDSS  X3, X2
	ADDQ   $4, SI
	ADDQ   $4, DI
	SUBQ   $1, CX
	JGE    ramp1loop

rampDone:
	RET
