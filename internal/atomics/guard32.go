//go:build 386 || arm || mips || mipsle

package atomics

// A platform of 32 bits aligns a word of 64 bits in a struct to 4 bytes only, and an
// atomic access to it then ends the program. So packages with words that threads or
// processes share do not build there; this name is declared nowhere.
var _ = memkit_needs_a_platform_of_64_bits
