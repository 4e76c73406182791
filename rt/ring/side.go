package ring

import (
	"fmt"
	"os"

	"github.com/memkit-go/memkit/internal/atomics"
)

// State is how one side of a ring stands.
type State uint8

const (
	Free      State = iota // never claimed
	Held                   // by an endpoint
	Closed                 // its endpoint was closed
	Abandoned              // its endpoint's process died, or was declared dead
)

func (s State) String() string {
	return [...]string{"free", "held", "closed", "abandoned"}[s&3]
}

// side is who holds one side of a ring: one word, so that it changes at once.
//
//	bits 0–1    State
//	bits 2–31   process ID of the holder
//	bits 32–63  epoch: how often the side was claimed
//
// born is the holder's start time with the low 16 bits of the epoch that it
// belongs to: a process ID that was given to a later process does not pass for
// the holder. A holder that died before it wrote born is judged by its ID alone.
type side struct {
	word uint64
	born uint64
	_    [cacheLine - 16]byte
}

func pack(s State, pid int, epoch uint32) uint64 {
	return uint64(s) | uint64(pid)<<2&(1<<32-1) | uint64(epoch)<<32
}

func unpack(word uint64) (s State, pid int, epoch uint32) {
	return State(word & 3), int(word >> 2 & (1<<30 - 1)), uint32(word >> 32)
}

// claim takes the side for this process, from a dead holder too.
func (s *side) claim(name string) (epoch uint32, err error) {
	for range claimTurns {
		word := atomics.Load(&s.word)
		state, pid, epoch := unpack(word)
		if state == Held && s.holderLives(word) {
			return 0, fmt.Errorf("%w: %s by process %d, epoch %d; close that endpoint, or abandon it from the other side", ErrHeld, name, pid, epoch)
		}
		epoch++
		if atomics.CompareAndSwap(&s.word, word, pack(Held, os.Getpid(), epoch)) {
			start, _ := lookUp(os.Getpid())
			atomics.Store(&s.born, start<<16|uint64(uint16(epoch)))
			return epoch, nil
		}
	}
	return 0, fmt.Errorf("%w: %s changes hands all the time", ErrHeld, name)
}

// claimTurns bounds claim where a hostile peer writes to the side without end.
const claimTurns = 1000

// holderLives reports whether the process that holds the side, as word says,
// still runs.
func (s *side) holderLives(word uint64) bool {
	_, pid, epoch := unpack(word)
	if pid == os.Getpid() {
		return true
	}
	start, lives := lookUp(pid)
	born := atomics.Load(&s.born)
	if start == 0 || born>>16 == 0 || uint16(born) != uint16(epoch) {
		return lives
	}
	difference := int64((born>>16-start)<<16) >> 16 // of 48 bits
	return lives && -1 <= difference && difference <= 1
}

// check returns the side's state after a look whether its holder still runs; if
// not, the side becomes Abandoned.
func (s *side) check() State {
	word := atomics.Load(&s.word)
	if State(word&3) == Held && !s.holderLives(word) {
		s.replaceState(word, Abandoned)
	}
	return State(atomics.Load(&s.word) & 3)
}

// close ends the claim of epoch, unless it has ended already.
func (s *side) close(epoch uint32) {
	word := atomics.Load(&s.word)
	if uint32(word>>32) == epoch && State(word&3) == Held {
		s.replaceState(word, Closed)
	}
}

// forget makes an abandoned side look closed.
func (s *side) forget() {
	if word := atomics.Load(&s.word); State(word&3) == Abandoned {
		s.replaceState(word, Closed)
	}
}

// replaceState changes the state in word, unless the side has changed.
func (s *side) replaceState(word uint64, state State) bool {
	return atomics.CompareAndSwap(&s.word, word, word&^3|uint64(state))
}
