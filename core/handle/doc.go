// Package handle keeps blocks that may be moved: a [Space] closes the gaps that
// frees leave, a bounded amount of copying at a time, and a [Stream] keeps the
// most important of more assets than fit.
//
// A block that moves cannot be pointed to. A handle ([H]) names it, and [Space.Pin]
// fixes it in place for as long as its address is needed.
//
// A Space and all that belongs to it have one owner goroutine. Blocks hold no Go
// pointers.
package handle
