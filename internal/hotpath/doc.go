// Package hotpath checks the machine code of hot operations, in the running test
// binary, against their contracts: no calls except to panic and to grow the stack,
// no backward jumps except declared ones, and the number of instructions in a golden
// file.
package hotpath
