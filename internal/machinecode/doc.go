// Package machinecode decodes functions of a linked Go binary: their instructions, calls,
// loops and control flow. Tests of hot paths and package lens/binary use it.
//
// It reads the binary because inlining, bounds checks and spills are decided late
// in the build. A test inspects its own binary, with [Self]; functions that
// are never called are not in it.
package machinecode
