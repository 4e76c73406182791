//go:build go1.26 && !go1.27

#include "textflag.h"

// func stackGuard() uintptr
TEXT ·stackGuard(SB), NOSPLIT, $0-8
	MOVQ TLS, AX
	MOVQ 0(AX)(TLS*1), AX // g
	MOVQ 16(AX), AX       // g.stackguard0, where every prologue looks for it
	MOVQ AX, ret+0(FP)
	RET

// func currentP() unsafe.Pointer
TEXT ·currentP(SB), NOSPLIT, $0-8
	MOVQ TLS, AX
	MOVQ 0(AX)(TLS*1), AX // g
	MOVQ 48(AX), AX       // g.m
	MOVQ 208(AX), AX      // m.p
	MOVQ AX, ret+0(FP)
	RET

// func scanRequested() bool
TEXT ·scanRequested(SB), NOSPLIT, $0-1
	MOVQ TLS, AX
	MOVQ 0(AX)(TLS*1), AX // g
	MOVB 178(AX), AX      // g.preemptStop
	MOVB AX, ret+0(FP)
	RET
