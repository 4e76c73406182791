package ring

import (
	"math"
	"math/bits"
	"unsafe"

	"github.com/memkit-go/memkit/internal/atomics"
)

// A ring is lines of a power of two of bytes. A line starts with a word and ends
// with messages:
//
//	T of 1 to 8 bytes:   | word | message | message | … 7 messages |   64 bytes
//	T of 9 to 16 bytes:  | word |      | message | … 3 messages    |   64 bytes
//	T of 17 to 24 bytes: | word | message |                            32 bytes
//	T of 64 bytes:       | word | message |      |                     128 bytes
//
// Positions count bytes modulo 2⁶⁴ and are those of messages: after the last
// message of a line comes the first message of the next.
//
// A line's word is the position behind its last complete message. The producer
// writes messages in order, so whoever reads a word knows that everything before
// that position is complete. A word that no message in its line has changed yet
// lies behind no position of this round.
//
// The consumer publishes the position of the message that it takes next. The
// producer's limit, the position that it may not reach, is one round ahead.
//
// Messages of at most 16 bytes share a line; others have one each. A word and its
// messages share a cache line when T and the word fit into one.
//
// The first message of a shared line lies one step behind the line's start, and a
// step from a line's only message leads to that of the next line. So whoever goes
// on by a step goes on by another one where the first leads to a multiple of 64.
const (
	sharedLine = 64
	sharedSize = 16
	wordSize   = 8
)

// spscOrigin is where the lines start: behind the header and the consumer's
// position, which has cacheLine bytes.
const spscOrigin = unsafe.Sizeof(header{}) + cacheLine

// spscShared says whether messages of T share lines.
func spscShared[T any]() bool { return sizeOf[T]() <= sharedSize }

// spscLine is the number of bytes in a line, a power of two.
func spscLine[T any]() uint64 {
	if spscShared[T]() {
		return sharedLine
	}
	return 1 << bits.Len64(wordSize+sizeOf[T]()-1)
}

// spscStep is the number of bytes from a message to the next, spscFirst where the
// first message lies in a line, and spscEach the number of messages in a line.
func spscStep[T any]() uint64 {
	switch {
	case !spscShared[T]():
		return spscLine[T]()
	case sizeOf[T]() > wordSize:
		return sharedSize
	}
	return wordSize
}

func spscFirst[T any]() uint64 {
	if spscShared[T]() {
		return spscStep[T]()
	}
	return wordSize
}

func spscEach[T any]() uint64 {
	if spscShared[T]() {
		return sharedLine/spscStep[T]() - 1
	}
	return 1
}

func spscSize[T any](lines uint64) uint64 {
	if lines > math.MaxInt/2/spscLine[T]() {
		return 0 // no ring
	}
	return wholeLines(uint64(spscOrigin) + lines*spscLine[T]())
}

// spscLines is a view of the messages.
type spscLines[T any] struct {
	base     unsafe.Pointer // of the first line; the consumer's position is cacheLine before it
	mask     uint64         // of a byte in a position
	wordMask uint64         // of a line's first byte
	line     uint64         // of a byte in a line
	first    uint64         // byte of a line that holds a message
	step     uint64         // from a message to the next
}

func spscView[T any](h *header, lines uint64) *SPSC[T] {
	line := spscLine[T]()
	return &SPSC[T]{header: h, lines: spscLines[T]{
		base:     h.at(spscOrigin),
		mask:     lines*line - 1,
		wordMask: lines*line - line,
		line:     line - 1,
		first:    spscFirst[T](),
		step:     spscStep[T](),
	}}
}

// spscReset prepares the region of a new ring: every word of 0 lies behind no
// position, and the consumer takes the first message next.
func spscReset[T any](h *header, _ uint64) {
	atomics.Store((*uint64)(h.at(spscOrigin-cacheLine)), spscFirst[T]())
}

// round is the number of positions from a message to the one in the same place.
func (l *spscLines[T]) round() uint64 { return l.mask + 1 }

// capacity is the number of messages in the ring.
func (l *spscLines[T]) capacity() uint64 { return l.round() / spscLine[T]() * spscEach[T]() }

// taken is where the consumer publishes its position.
func (l *spscLines[T]) taken() *uint64 { return (*uint64)(unsafe.Add(l.base, -cacheLine)) }

// word returns the word of the line in which position p lies.
func (l *spscLines[T]) word(p uint64) *uint64 { return (*uint64)(unsafe.Add(l.base, p&l.wordMask)) }

// at returns the message at position p.
func (l *spscLines[T]) at(p uint64) *T { return (*T)(unsafe.Add(l.base, p&l.mask)) }

// valid says whether p is a message's position.
func (l *spscLines[T]) valid(p uint64) bool {
	offset := p & l.line
	return offset >= spscFirst[T]() && (offset-spscFirst[T]())%spscStep[T]() == 0
}

// run returns the number of messages from position p on that lie before position end,
// in the same line, at most n. Whatever end is, it stays within the line.
func (l *spscLines[T]) run(p, end, n uint64) uint64 {
	size := min(end-p, spscFirst[T]()+spscEach[T]()*spscStep[T]()-p&l.line)
	return min(n, size/spscStep[T]())
}

// put copies messages of one line to position p on.
//
// Cost: O(1), of the messages of a line. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound len(src)
func (l *spscLines[T]) put(p uint64, src []T) {
	if atomics.Explored {
		atomics.Writes(l.at(p))
	}
	at := unsafe.Pointer(l.at(p))
	for i := range src {
		*(*T)(unsafe.Add(at, uint64(i)*spscStep[T]())) = src[i]
	}
}

// get copies messages of one line from position p on.
//
// Cost: O(1), of the messages of a line. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound len(dst)
func (l *spscLines[T]) get(p uint64, dst []T) {
	if atomics.Explored {
		atomics.Reads(l.at(p))
	}
	at := unsafe.Pointer(l.at(p))
	for i := range dst {
		dst[i] = *(*T)(unsafe.Add(at, uint64(i)*spscStep[T]()))
	}
}

// after returns the position n messages behind p, at most at the line's end.
func (l *spscLines[T]) after(p, n uint64) uint64 {
	p += n * l.step
	if p%sharedLine == 0 {
		p += l.step
	}
	return p
}

// between returns the number of messages from position p to q, at most those that
// the ring holds. Positions that are no message's, which a hostile peer may have
// stored, count as some number within that.
func (l *spscLines[T]) between(p, q uint64) uint64 {
	lines := (q&^l.line - p&^l.line) / spscLine[T]()
	n := lines*spscEach[T]() + (q&l.line-l.first)/spscStep[T]() - (p&l.line-l.first)/spscStep[T]()
	return min(n, l.capacity())
}

// complete returns the position behind the last complete message, from p up to
// limit. Each turn goes on by a message at least.
func (l *spscLines[T]) complete(p, limit uint64) uint64 {
	for p != limit {
		word := atomics.Load(l.word(p))
		if ahead := word - p; ahead-1 >= limit-p || !l.valid(word) {
			break // older than p, or nonsense
		}
		p = word
	}
	return p
}

// end returns the position behind the last complete message, from p on.
//
// Lines fill one after the other, so the last one that has a message is found by
// halving. The line in which p lies may have some of the next round, which then
// come last.
func (l *spscLines[T]) end(p uint64) uint64 {
	limit, end := p+l.round(), p
	reach := func(from uint64) bool {
		word := atomics.Load(l.word(from))
		reached := word-from-1 < limit-from
		if reached && int64(word-end) > 0 {
			end = word
		}
		return reached
	}
	reach(p)
	line := spscLine[T]()
	first := p&^l.line + l.first
	for some, none := uint64(0), l.round()/line; none-some > 1; {
		if middle := (some + none) / 2; reach(first + middle*line) {
			some = middle
		} else {
			none = middle
		}
	}
	return end
}

// Producer claims the ring's sending side. If an earlier producer died, the new
// one goes on behind the last complete message; a message that was being written
// is lost. A side that is in use is refused with [ErrHeld].
func (q *SPSC[T]) Producer() (*Producer[T], error) {
	e, err := claimEndpoint(q.header, producing, "producer side")
	if err != nil {
		return nil, err
	}
	l, taken := q.lines, q.taken()
	limit := taken + l.round()
	return &Producer[T]{
		Endpoint: e,
		base:     l.base, mask: l.mask, wordMask: l.wordMask, step: l.step, round: l.round(), taken: l.taken(),
		next: l.complete(taken, limit), limit: limit,
		lines: &q.lines,
	}, nil
}

// taken returns the consumer's position in the region, or the first one when a
// hostile peer has stored one that is no message's.
func (q *SPSC[T]) taken() uint64 {
	p := atomics.Load(q.lines.taken())
	if !q.lines.valid(p) {
		return q.lines.first
	}
	return p
}

// Consumer claims the ring's receiving side. If an earlier consumer died while
// it copied a message out, the new one receives that message again; every other
// message arrives exactly once. A side that is in use is refused with [ErrHeld].
func (q *SPSC[T]) Consumer() (*Consumer[T], error) {
	e, err := claimEndpoint(q.header, consuming, "consumer side")
	if err != nil {
		return nil, err
	}
	l := q.lines
	return &Consumer[T]{
		Endpoint: e,
		base:     l.base, mask: l.mask, wordMask: l.wordMask, step: l.step, taken: l.taken(),
		next:  q.taken(),
		lines: &q.lines,
	}, nil
}

// Len returns the number of messages in the ring: complete, and not yet taken.
// While the other side works it may have changed before Len returns.
//
// Cost: O(log capacity). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the binary logarithm of the number of lines
func (q *SPSC[T]) Len() int {
	from := q.taken()
	return int(q.lines.between(from, q.lines.end(from)))
}
