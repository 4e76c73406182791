// Package rtlog carries messages from a real-time thread to log/slog. The thread
// stores records of a fixed size in memory that was allocated beforehand: no
// allocation, no lock, no system call. An ordinary goroutine turns the records into
// text and passes them to a logger.
//
// A program declares its [Messages] first, because a record holds the number of its
// text and not the text. [New] makes the [Log]; the real-time thread owns its
// [Writer], and [Log.Drain] runs in an ordinary goroutine. The memory of a log may be
// shared between processes: see the Journal of package isolate.
package rtlog
