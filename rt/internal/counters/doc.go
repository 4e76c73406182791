// Package counters is what a loop of package rt counts. The counters of an
// isolate's loop lie in memory that its parent maps too, so they hold no pointers
// and each is a word that one thread writes and any may read.
//
// The package also holds the hook through which package rt/isolate makes loops
// that count there: package rt sets it, and does not import rt/isolate.
package counters
