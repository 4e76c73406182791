package isolate

// generation is one life of an isolate: a process, or a goroutine.
type generation struct {
	number, pid int
	// reports come until the generation can send none any more; then the channel
	// is closed.
	reports <-chan reportKind
	// died may get how it ended, at once; ended gets that, when all that it sent
	// has been read: nil, or an *ExitError.
	died, ended <-chan error
	// crashed may get, before died, that the runtime is about to end the process, and
	// why: a *ExitError.
	crashed <-chan error
	// freeze stops all threads of the child at once, and returns when they have
	// stopped; nil where that is impossible.
	freeze func()
	// ask ends the child's context; kill ends the child, whose error is to be
	// why, if that is not nil.
	ask  func()
	kill func(why error)
}
