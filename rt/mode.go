package rt

import "fmt"

// Mode says how much of the machine a loop takes and what it refuses to do
// without.
type Mode uint8

const (
	// Strict is the full recipe: a locked thread with a real-time policy, alone
	// on its CPU (a Deadline policy forbids that part), whose goroutine never gives up its P, with signals blocked.
	// It needs [Setup], Linux and the right to a real-time policy, and refuses
	// without: it is never less than it says. Being the zero value, it is also
	// what a config gets that says nothing.
	Strict Mode = iota
	// Cooperative is a locked thread with a real-time policy whose sleeps give
	// up the P, so that the collector and stop-the-world pauses stay harmless
	// for the rest of the program. It loses periods when other goroutines are
	// busy.
	Cooperative
	// Portable needs no privilege and works on every operating system: a locked
	// thread with an ordinary policy, and on Linux the finest timer slack.
	Portable
	// Auto is the first of Strict, Cooperative and Portable that is granted, the
	// only mode that degrades. [Loop.Granted] says to what and why.
	Auto
)

var modeNames = [...]string{"strict", "cooperative", "portable", "auto"}

// String is the mode's name in lower case.
func (m Mode) String() string {
	if int(m) >= len(modeNames) {
		return fmt.Sprintf("Mode(%d)", uint8(m))
	}
	return modeNames[m]
}
