package core

import "golang.org/x/sys/unix"

// protect makes an ended frame inaccessible, or accessible again. Memory that
// the race detector watches belongs to the Go heap and stays as it is.
func protect(l *Lane, pages []byte, ended bool) {
	if !l.a.arena.Granted().Mapped {
		return
	}
	access := unix.PROT_READ | unix.PROT_WRITE
	if ended {
		access = unix.PROT_NONE
	}
	// A refusal leaves the frame as accessible as in other builds.
	_ = unix.Mprotect(pages, access)
}
