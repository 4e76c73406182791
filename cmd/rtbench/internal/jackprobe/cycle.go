package jackprobe

// Cycle is one cycle of the server as a client saw it. Times are ns on the clock of
// rt.Now.
type Cycle struct {
	// Begin of the cycle, which all clients read alike but for some µs.
	Begin int64
	// Entry of the client's callback, and End of it.
	Entry, End int64
	// Work is the time in the synth; 0 for capture, which has none.
	Work int64
	// Frame is the server's number of the first frame, N how many there are.
	Frame uint32
	N     uint32
}
