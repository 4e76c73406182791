// Package machinecode decodes functions of a linked Go binary, so that tests can
// check hot paths: the number of instructions, calls and loops.
//
// It reads the binary because inlining, bounds checks and spills are decided late
// in the build. A test usually inspects its own binary, with [Self]; functions that
// are never called are not in it.
package machinecode
