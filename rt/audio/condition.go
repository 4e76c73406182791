package audio

// condition is a State and the error that belongs to it.
type condition struct {
	State State
	Err   error
}
