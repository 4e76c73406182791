// Package binary judges functions of a linked Go executable: whether what the
// compiler and the linker made of them allocates, blocks, takes locks, starts
// goroutines or calls C. It reads ELF files for amd64 and does not run them.
//
// Inlining, escape analysis and devirtualisation are done by then, so a call in the
// binary is a call in truth. What it cannot see, it reports as such: indirect calls
// whose target it does not find (ML610), assembly (ML611), reflection (ML613).
package binary
