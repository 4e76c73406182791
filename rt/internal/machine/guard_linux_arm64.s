//go:build go1.26 && !go1.27

#include "textflag.h"

// func stackGuard() uintptr
TEXT ·stackGuard(SB), NOSPLIT, $0-8
	MOVD 16(g), R0 // g.stackguard0, where every prologue looks for it
	MOVD R0, ret+0(FP)
	RET

// func currentP() unsafe.Pointer
TEXT ·currentP(SB), NOSPLIT, $0-8
	MOVD 48(g), R0   // g.m
	MOVD 208(R0), R0 // m.p
	MOVD R0, ret+0(FP)
	RET

// func scanRequested() bool
TEXT ·scanRequested(SB), NOSPLIT, $0-1
	MOVBU 178(g), R0 // g.preemptStop
	MOVB  R0, ret+0(FP)
	RET
