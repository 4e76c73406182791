// Package doorbell is the memory that a host and a resident kernel share: where the
// words of the exchange lie, and how the host stores and loads them.
//
// The host writes the input, then the number of the ring. The kernel polls that
// number, works, writes the output, and then the number as its answer. Each
// workgroup of the kernel answers for itself. resident.glsl in package gpu is the
// kernel's half.
package doorbell
