package link

import (
	"fmt"

	"github.com/memkit-go/memkit/hil"
)

// Function is a link to a device that is a function of the same process: each frame that
// is sent is answered at once. It is its device's Control as well.
type Function struct {
	c       FunctionConfig
	replies [functionReplies]struct {
		n     int
		frame [hil.MaxFrame]byte
	}
	head, tail uint32 // of replies, counted up
	paused     bool
	closed     bool
}

// FunctionConfig describes a [Function]. Answer must be set.
type FunctionConfig struct {
	// Answer is the device: it gets a frame and writes its answer, whose length it
	// returns; 0 is no answer. It keeps neither slice.
	Answer func(frame, answer []byte) int
	// Reset, when not nil, starts the device afresh.
	Reset func()
}

const functionReplies = 16

// NewFunction makes the link.
func NewFunction(c FunctionConfig) (*Function, error) {
	if c.Answer == nil {
		return nil, fmt.Errorf("link: FunctionConfig.Answer is nil; give the device's function")
	}
	return &Function{c: c}, nil
}

// Send hands the device a frame. A paused device gets none.
//
// Cost: the device's. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (f *Function) Send(_ hil.Tick, frame []byte) error {
	if f.closed {
		return hil.ErrDown
	}
	if f.paused {
		return nil
	}
	r := &f.replies[f.tail%functionReplies]
	if r.n = f.c.Answer(frame, r.frame[:]); r.n == 0 {
		return nil
	}
	f.tail++
	if f.tail-f.head > functionReplies {
		f.head++ // the oldest has no room
	}
	return nil
}

// Receive takes the oldest answer, or returns hil.ErrNone.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (f *Function) Receive(_ hil.Tick, frame []byte, _ int64) (int, error) {
	if f.head == f.tail {
		return 0, hil.ErrNone
	}
	r := &f.replies[f.head%functionReplies]
	f.head++
	return copy(frame, r.frame[:r.n]), nil
}

// Reset starts the device afresh and forgets its answers.
func (f *Function) Reset() error {
	f.head = f.tail
	if f.c.Reset != nil {
		f.c.Reset()
	}
	return nil
}

// Pause stops the device or lets it go on.
func (f *Function) Pause(on bool) error {
	f.paused = on
	return nil
}

// Close ends the link.
func (f *Function) Close() error {
	f.closed = true
	return nil
}

// Controller makes the device of a function of values, in frames of hil.Floats: it gets
// the values that the rig sends, and writes those that the rig receives.
func Controller(sends, receives int, step func(in, out []float64)) func(frame, answer []byte) int {
	in, out := make([]float64, sends), make([]float64, receives)
	return func(frame, answer []byte) int {
		s, err := hil.Floats{}.Decode(frame, in)
		if err != nil {
			return 0
		}
		step(in, out)
		return hil.Floats{}.Encode(answer, s, out)
	}
}
