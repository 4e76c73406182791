// Package hotpath holds the machine code of hot operations to what their
// contracts say, in the test binary that is running: no calls but to panic and to
// grow the stack, no jumps back but the ones that are declared, and a number of
// instructions that only changes in review.
package hotpath
