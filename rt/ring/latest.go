package ring

import "math/bits"

// Latest hands the newest value of T from one [LatestWriter] to one
// [LatestReader]: parameters to an audio callback, a state estimate to a control
// loop. Neither side ever waits or repeats work because of the other, and a
// value is never torn.
//
// It is a triple buffer. At any time one buffer is the writer's (back), one the
// reader's (front) and one between them (middle). Publishing exchanges back and
// middle, reading exchanges middle and front; who has which buffer is one word in
// the region, so a side that dies at any point leaves nothing undecided. A
// seqlock would need one buffer and a reader that repeats its copy for as long
// as the writer, or the scheduler, pleases.
type Latest[T any] struct {
	header *header
}

// The state word of a Latest.
//
//	bits 0–1    index of the back buffer, 0 to 2
//	bits 2–61   how often the writer published, modulo 2⁶⁰
//	bit 62      fresh: the middle buffer is newer than the front buffer
//	bit 63      turned: middle and front are back+2, back+1 instead of back+1, back+2
//
// The reader exchanges middle and front, and clears fresh, by adding fresh: the
// set bit carries into turned and inverts it. One unconditional addition, so no
// publication in between can make it fail.
const (
	latestBack   = 3
	latestOne    = 1 << 2
	latestCount  = 1<<62 - latestOne
	latestFresh  = 1 << 62
	latestTurned = 1 << 63
)

// afterPublish is the state after the writer exchanged back and middle. The new
// back is the old middle; seen from there the other two stand the other way round.
func afterPublish(state uint64) uint64 {
	next := (state&^latestFresh + latestOne | latestFresh) ^ latestTurned
	return next&^latestBack | latestMiddle(state)
}

// latestMiddle is (back + 1 + turned) mod 3, as a table of two bits for each back,
// turned and not. A state that a hostile peer stored has 3 for back; the buffers that
// follow from it are below 3 all the same.
func latestMiddle(state uint64) uint64 {
	return 0b10_01_01_00_00_10_10_01 >> (bits.RotateLeft64(state, 2) & 14) & 3
}

// latestFront is (back + 2 - turned) mod 3.
func latestFront(state uint64) uint64 {
	i := state&latestBack + 2 - state>>63
	if i >= 3 {
		return i - 3
	}
	return i
}

// LatestSize returns the bytes of region that a [Latest] of T needs.
func LatestSize[T any]() int { return int(latestSize[T](1)) }

// CreateLatest makes region a Latest that holds no value yet. region must hold
// [LatestSize] bytes, aligned to 64, and T must not hold Go pointers. The content
// of the region is overwritten.
func CreateLatest[T any](region []byte) (*Latest[T], error) {
	if _, err := checkCapacity[T](kindLatest, 1); err != nil {
		return nil, err
	}
	h, err := create[T](kindLatest, region, 1, latestSize[T](1), nil)
	if err != nil {
		return nil, err
	}
	return &Latest[T]{h}, nil
}

// AttachLatest finds what [CreateLatest] made in region, usually in another
// process; a region that holds something else is refused with a [*LayoutError].
func AttachLatest[T any](region []byte) (*Latest[T], error) {
	h, _, err := attach[T](kindLatest, region, latestSize[T])
	if err != nil {
		return nil, err
	}
	return &Latest[T]{h}, nil
}
