// Package machinecode reads functions back from a linked Go binary, so that
// tests can hold hot paths to what they promise: a number of instructions, no
// calls, no loops.
//
// It looks at the binary because nothing before it tells: inlining, bounds
// checks and spills are decided late. A test usually inspects its own binary,
// with [Self]; functions that nothing calls are not in it.
package machinecode
