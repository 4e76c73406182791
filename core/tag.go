package core

// Tag attributes memory to a purpose of the program's own. Tags are interned:
// [Allocator.Tag] turns a name into a number once, at set-up. The zero Tag is
// the untagged rest.
type Tag uint16

// Phase is a named part of a frame, interned by [Allocator.Phase]. The zero
// Phase is what lies outside of all others.
type Phase uint16
