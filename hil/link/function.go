package link

import (
	"encoding/binary"
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
	//rt:allow ML610 reason="the device is the user's"
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
	return copyFrame(frame, r.frame[:], r.n), nil
}

// copyFrame is copy of n bytes, in words of 8: a frame that was written in such words a
// moment ago is still in the processor's store buffer, from which a wider load cannot
// take it.
//
// Cost: O(n). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the bytes of a frame, 240
func copyFrame(to, from []byte, n int) int {
	if len(to) < hil.MaxFrame || len(from) < hil.MaxFrame {
		return copy(to, from[:n])
	}
	for i := 0; i < n; i += 8 {
		binary.LittleEndian.PutUint64(to[i:], binary.LittleEndian.Uint64(from[i:]))
	}
	return n
}

// Reset starts the device afresh and forgets its answers.
func (f *Function) Reset() error {
	f.head = f.tail
	if f.c.Reset != nil {
		//rt:allow ML610 reason="the device is the user's"
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
