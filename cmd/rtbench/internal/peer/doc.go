// Package peer holds what memkit is measured against: other people's
// allocators and queues, and the same loops written in C.
//
// It is the only package that imports them. The C parts need cgo on Linux; in
// a build without, they answer [bench.ErrUnavailable] and the run goes on.
package peer
