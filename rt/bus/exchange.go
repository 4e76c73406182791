package bus

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/memkit-go/memkit/rt"
)

// ExchangeConfig describes an [Exchange].
type ExchangeConfig struct {
	// Port carries the frames. It has no default.
	Port Port
	// Period of the loop, by which an answer is due. It has no default.
	Period time.Duration
	// CommandSize and AnswerSize are the lengths of the frames in bytes, up to 1,500.
	// They have no default.
	CommandSize, AnswerSize int
	// SequenceAt is the place of the sequence number in both frames, which the device
	// copies from the command into its answer, least significant byte first.
	SequenceAt int
	// SequenceBytes is its width: 1, 2 or 4. 0 means 4.
	SequenceBytes int
	// Window is after how many periods a missing answer counts as lost, up to 120. 0
	// means 100.
	Window int
}

// Exchange sends one command a period and takes the answer to the one before.
type Exchange struct {
	c        ExchangeConfig
	mask     uint32
	commands [windowMost]command // by sequence number modulo windowMost
	next     uint64              // the sequence number of the next command, from 1
	decided  uint64              // all commands up to this one are decided
	newest   uint64              // the highest sequence number answered
	answer   Answer
	// answerIndex is the period of the command that answer belongs to.
	answerIndex int64
	taken       uint64 // the sequence number of the frame taken last
	drops       uint64 // the port's count of dropped frames, as far as it is attributed
	buffer      []byte // one received frame
	out         []byte
	last        struct{ deadline, end int64 } // of the last step
	outcomes    [100]bool
	outcome     int // the next one
	stats       Stats
	now         func() int64
}

// windowMost is a power of two above every Window.
const windowMost = 128

// framesAStep bounds how many frames a step takes.
const framesAStep = 64

// command is what an Exchange remembers of one.
type command struct {
	sequence             uint64
	index                int64
	intended, woke, sent int64
	refused              error
	overran              bool // the step before it ended after its deadline
	dropped              bool // the kernel dropped its answer
	answered, decided    bool
}

// Answer is the newest answer.
type Answer struct {
	// Sequence of the command that it answers, counted from 1. 0 means that there has
	// been no answer.
	Sequence uint64
	// Age is how many periods ago that command was sent: 1 for an answer that is in
	// time.
	Age int64
	// At is when it arrived, in ns on the clock of rt.Now; where the port does not
	// tell it, when it was read.
	At int64
	// Data is the frame. It is the Exchange's and valid until the next Step.
	Data []byte
}

// Fresh reports whether the answer is the one to the last command.
func (a Answer) Fresh() bool { return a.Age == 1 }

// NewExchange makes an exchange. It does not own the port.
func NewExchange(c ExchangeConfig) (*Exchange, error) {
	if c.SequenceBytes == 0 {
		c.SequenceBytes = 4
	}
	if c.Window == 0 {
		c.Window = 100
	}
	const most = 1500
	switch {
	case c.Port == nil:
		return nil, fmt.Errorf("bus: ExchangeConfig.Port is nil; open a port")
	case c.Period <= 0:
		return nil, fmt.Errorf("bus: ExchangeConfig.Period is %v; set the loop's period", c.Period)
	case c.SequenceBytes != 1 && c.SequenceBytes != 2 && c.SequenceBytes != 4:
		return nil, fmt.Errorf("bus: ExchangeConfig.SequenceBytes is %d; set 1, 2 or 4", c.SequenceBytes)
	case c.CommandSize < 1 || c.CommandSize > most:
		return nil, fmt.Errorf("bus: ExchangeConfig.CommandSize is %d; set 1 to %d", c.CommandSize, most)
	case c.AnswerSize < 1 || c.AnswerSize > most:
		return nil, fmt.Errorf("bus: ExchangeConfig.AnswerSize is %d; set 1 to %d", c.AnswerSize, most)
	case c.SequenceAt < 0 || c.SequenceAt+c.SequenceBytes > min(c.CommandSize, c.AnswerSize):
		return nil, fmt.Errorf("bus: ExchangeConfig.SequenceAt is %d; set a place for %d bytes within both frames", c.SequenceAt, c.SequenceBytes)
	case c.Window < 2 || c.Window > windowMost-8:
		return nil, fmt.Errorf("bus: ExchangeConfig.Window is %d; set 2 to %d periods", c.Window, windowMost-8)
	}
	return &Exchange{
		c: c, mask: uint32(1<<(8*c.SequenceBytes) - 1), next: 1,
		buffer: make([]byte, c.AnswerSize+1), // one more, to see that a frame is too long
		out:    make([]byte, c.CommandSize),
		answer: Answer{Data: make([]byte, c.AnswerSize)},
		now:    rt.Now,
	}, nil
}

// Step takes the frames that have arrived, sends command, whose sequence number it fills in, and
// returns the newest answer. The error is the port's for this command, ErrFull or
// ErrDown; the answer is valid with it too. Call it once in each step of the loop,
// with the step's tick, when the command is ready: the answer that it returns is for
// the next command.
//
// Cost: O(64 frames) and two system calls more than frames arrived. Allocates: no.
// Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound 64 frames and the commands of the window
func (x *Exchange) Step(t *rt.Tick, command []byte) (Answer, error) {
	x.Receive(t)
	return x.answer, x.Send(t, command)
}

// Receive is the first half of Step, for a step that computes its command from the
// answer: it takes the frames that have arrived and returns the newest answer.
//
// Cost: O(64 frames) and a system call more than frames arrived. Allocates: no.
// Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound 64 frames and the commands of the window
func (x *Exchange) Receive(t *rt.Tick) Answer {
	read := x.now()
	if t.Skipped > 0 {
		x.stats.Missed += uint64(t.Skipped)
	}
	overran := x.last.end > x.last.deadline
	for range framesAStep {
		n, at, err := x.c.Port.Receive(x.buffer)
		if err == ErrSize {
			x.stats.Malformed++
			continue
		}
		if err != nil {
			break
		}
		x.handle(t, x.buffer[:n], at, read, overran)
	}
	x.expire(t)
	if x.answer.Sequence != 0 {
		x.answer.Age = t.Index - x.answerIndex
	}
	return x.answer
}

// handle counts one received frame and keeps the newest answer.
func (x *Exchange) handle(t *rt.Tick, frame []byte, at, read int64, overran bool) {
	if len(frame) != x.c.AnswerSize {
		x.stats.Malformed++
		return
	}
	r := x.find(x.sequenceOf(frame))
	if r == nil || r.decided && !r.answered {
		x.stats.Unexpected++ // also an answer to a command that counts as lost
		return
	}
	x.markDropped(r)
	if r.answered {
		x.stats.Duplicate++
		return
	}
	r.answered = true
	if r.sequence < x.newest {
		x.stats.OutOfOrder++
	} else {
		x.newest = r.sequence
		x.answer.Sequence, x.answer.At, x.answerIndex = r.sequence, at, r.index
		if at == 0 {
			x.answer.At = read
		}
		copy(x.answer.Data, frame)
	}
	if t.Index-r.index <= 1 {
		x.stats.Answered++
		x.decide(r, true)
		return
	}
	x.stats.Late++
	x.stats.LateBy[attributeLate(r, r.intended+int64(x.c.Period), at, read, overran)]++
	x.decide(r, false)
}

// markDropped finds the answers that the kernel dropped: its count grew between the
// frame before and this one, so they are those in between.
func (x *Exchange) markDropped(r *command) {
	count := x.c.Port.Dropped()
	for s := max(x.taken+1, x.next-min(x.next, windowMost)); s < r.sequence && x.drops < count; s++ {
		if q := &x.commands[s%windowMost]; q.sequence == s && !q.answered {
			q.dropped = true
			x.drops++
		}
	}
	x.drops, x.taken = count, r.sequence
}

// find returns the command that a sequence number of the wire stands for: the newest
// one with these bits, if it is within the window and was sent.
func (x *Exchange) find(wire uint32) *command {
	last := x.next - 1
	back := (uint32(last) - wire) & x.mask
	if uint64(back) >= min(last, uint64(x.c.Window)) {
		return nil
	}
	r := &x.commands[(last-uint64(back))%windowMost]
	if r.refused != nil {
		return nil
	}
	return r
}

func (x *Exchange) sequenceOf(frame []byte) uint32 {
	b := frame[x.c.SequenceAt:]
	switch x.c.SequenceBytes {
	case 1:
		return uint32(b[0])
	case 2:
		return uint32(binary.LittleEndian.Uint16(b))
	}
	return binary.LittleEndian.Uint32(b)
}

// expire decides the commands whose window has passed.
func (x *Exchange) expire(t *rt.Tick) {
	for x.decided+1 < x.next {
		r := &x.commands[(x.decided+1)%windowMost]
		if !r.decided {
			if t.Index-r.index < int64(x.c.Window) && x.next-r.sequence < uint64(x.c.Window) {
				return
			}
			x.stats.Lost++
			x.stats.LostBy[attributeLost(r)]++
			x.decide(r, false)
		}
		x.decided++
	}
}

func (x *Exchange) decide(r *command, success bool) {
	r.decided = true
	s := &x.stats
	if s.Decided < len(x.outcomes) {
		s.Decided++
	} else if x.outcomes[x.outcome] {
		s.Success--
	}
	x.outcomes[x.outcome] = success
	x.outcome = (x.outcome + 1) % len(x.outcomes)
	if success {
		s.Success++
	}
}

// Send is the second half of Step: it fills in the sequence number and sends a
// command of CommandSize bytes, once in a period.
//
// Cost: one system call. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (x *Exchange) Send(t *rt.Tick, frame []byte) error {
	if len(frame) != x.c.CommandSize {
		return ErrSize
	}
	copy(x.out, frame)
	b := x.out[x.c.SequenceAt:]
	switch x.c.SequenceBytes {
	case 1:
		b[0] = byte(x.next)
	case 2:
		binary.LittleEndian.PutUint16(b, uint16(x.next))
	default:
		binary.LittleEndian.PutUint32(b, uint32(x.next))
	}
	r := &x.commands[x.next%windowMost]
	*r = command{
		sequence: x.next, index: t.Index, intended: t.Intended, woke: t.Now,
		overran: x.last.end > x.last.deadline,
	}
	x.next++
	r.refused = x.c.Port.Send(x.out)
	r.sent = x.now()
	x.last.deadline, x.last.end = t.Intended+int64(x.c.Period), r.sent
	if r.refused != nil {
		x.stats.Unsent++
		return r.refused
	}
	x.stats.Sent++
	return nil
}

// StepEnded tells the Exchange when the step has ended, for a step that goes on after
// Send: a step that is still running when the next is due is the controller's fault.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (x *Exchange) StepEnded() { x.last.end = x.now() }

// Stats returns the counters.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (x *Exchange) Stats() Stats { return x.stats }
