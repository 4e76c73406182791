//go:build !race

#include "textflag.h"

// func Store(w *uint32, v uint32)
TEXT ·Store(SB), NOSPLIT, $0-12
	MOVQ w+0(FP), AX
	MOVL v+8(FP), CX
	SFENCE
	MOVL CX, (AX)
	SFENCE
	RET

// func StoreAlone(w *uint32, v uint32)
TEXT ·StoreAlone(SB), NOSPLIT, $0-12
	MOVQ w+0(FP), AX
	MOVL v+8(FP), CX
	MOVL CX, (AX)
	SFENCE
	RET

// func Await(words []uint32, v uint32, times int) bool
TEXT ·Await(SB), NOSPLIT, $0-41
	MOVQ words_base+0(FP), SI
	MOVQ words_len+8(FP), DX
	MOVL v+24(FP), CX
	MOVQ times+32(FP), BX
	XORQ DI, DI            // the words before DI have answered

look:
	CMPQ DI, DX
	JGE  answered
	CMPL (SI)(DI*4), CX
	JNE  again
	INCQ DI
	JMP  look

again:
	DECQ BX
	JLE  missed
	PAUSE
	JMP  look

answered:
	MOVB $1, ret+40(FP)
	RET

missed:
	MOVB $0, ret+40(FP)
	RET
