// Package isolate runs a function of the program in a process of its own: the same
// executable, started again as a child process with the garbage collector off,
// memory locked and a CPU for its real-time loops. The parent stays an ordinary Go
// program with its collector on.
//
// [Entry] declares the child's function at package level, [Main] runs it in the
// child, and [Start] starts the child and supervises it:
//
//	var control = isolate.Entry("control", func(c *isolate.Child) error { … })
//
//	func main() {
//		isolate.Main() // does not return in the child
//		i, err := isolate.Start(ctx, control, isolate.Config{Channels: …})
//
// In the child, [Child.NewLoop] makes the loops; see package rt.
//
// # Channels
//
// The two processes share no variable. They exchange values without Go pointers
// through memory that both map: a [Queue] carries messages in order, a [Cell] the
// newest value, [Blocks] a stream of elements and a [Journal] log records; a [Region] is
// plain memory. A channel is declared at package level, listed in [Config], and each
// process claims one end of it.
//
// # Failures
//
// A failure of one process does not harm the other. When the child panics, is
// killed, does not beat in time or its heartbeat stops, the parent calls
// [Config].SafeState, and may then
// start the child again: the new generation finds the channels and the state that
// [Child.SaveState] kept. When the parent is gone, the child's context ends, and
// two seconds later the child itself.
//
// # In one process
//
// [Config].InProcess runs the same entry as a goroutine: for the race detector,
// which does not see memory that processes share, for debuggers, for
// testing/synctest, and on systems other than Linux.
package isolate
