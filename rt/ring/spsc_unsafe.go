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
//	T of 8 bytes:   | word | message | message | … 7 messages  |   64 bytes
//	T of 4 bytes:   | word | message | message | … 14 messages |   64 bytes
//	T of 16 bytes:  | word |      | message | … 3 messages     |   64 bytes
//	T of 24 bytes:  | word | message |                             32 bytes
//	T of 64 bytes:  | word | message |      |                      128 bytes
//
// Positions count bytes modulo 2⁶⁴ and are those of messages: after the last
// message of a line comes the first message of the next.
//
// A line's word is the position behind its last complete message. The producer
// writes messages in order, so whoever reads a word knows that everything before
// that position is complete. A word that no message in its line has changed yet
// lies behind no position of this round.
//
// The consumer publishes its limit: the position that the producer may not reach,
// which is one round ahead of the message that it takes next.
//
// Messages share a line when T has 1, 2, 4, 8 or 16 bytes; others have one each. A
// word and its messages share a cache line when T and the word fit into one.
const (
	lineSize = 64
	wordSize = 8
)

// spscOrigin is where the lines start: behind the header and the consumer's limit.
const spscOrigin = unsafe.Sizeof(header{}) + cacheLine

// spscShared says whether messages of T share lines.
func spscShared[T any]() bool {
	size := sizeOf[T]()
	return size > 0 && size <= 16 && size&(size-1) == 0
}

// spscLine is the number of bytes in a line, a power of two.
func spscLine[T any]() uint64 {
	if spscShared[T]() {
		return lineSize
	}
	return 1 << bits.Len64(wordSize+max(sizeOf[T](), 1)-1)
}

// spscFirst is where the first message lies in a line, spscStep the number of bytes
// to the next, and spscEach the number of messages.
func spscFirst[T any]() uint64 {
	if spscShared[T]() {
		return max(wordSize, sizeOf[T]())
	}
	return wordSize
}

func spscStep[T any]() uint64 {
	if spscShared[T]() {
		return sizeOf[T]()
	}
	return spscLine[T]() - wordSize
}

func spscEach[T any]() uint64 { return (spscLine[T]() - spscFirst[T]()) / spscStep[T]() }

func spscSize[T any](lines uint64) uint64 {
	if lines > math.MaxInt/2/spscLine[T]() {
		return 0 // no ring
	}
	return wholeLines(uint64(spscOrigin) + lines*spscLine[T]())
}

// spscLines is a view of the messages.
type spscLines[T any] struct {
	base     unsafe.Pointer // of the first line
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
func spscReset[T any](h *header, lines uint64) {
	atomics.Store(spscLimit(h), lines*spscLine[T]()+spscFirst[T]())
}

// spscLimit is the consumer's limit in the region.
func spscLimit(h *header) *uint64 { return (*uint64)(h.at(unsafe.Sizeof(header{}))) }

// round is the number of positions from a message to the one in the same place.
func (l *spscLines[T]) round() uint64 { return l.mask + 1 }

// capacity is the number of messages in the ring.
func (l *spscLines[T]) capacity() uint64 { return l.round() / spscLine[T]() * spscEach[T]() }

// word returns the word of the line in which position p lies.
func (l *spscLines[T]) word(p uint64) *uint64 { return (*uint64)(unsafe.Add(l.base, p&l.wordMask)) }

// at returns the message at position p.
func (l *spscLines[T]) at(p uint64) *T { return (*T)(unsafe.Add(l.base, p&l.mask)) }

// valid says whether p is a message's position.
func (l *spscLines[T]) valid(p uint64) bool {
	offset := p & l.line
	return offset >= spscFirst[T]() && (offset-spscFirst[T]())%spscStep[T]() == 0
}

// run returns the messages from position p on that lie before position end, in the
// same line, and at most n. Whatever end is, it stays within the line.
func (l *spscLines[T]) run(p, end, n uint64) []T {
	size := min(end-p, l.line+1-p&l.line)
	return unsafe.Slice(l.at(p), min(n, size/spscStep[T]()))
}

// after returns the position n messages behind p, at most at the line's end.
func (l *spscLines[T]) after(p, n uint64) uint64 {
	p += n * l.step
	if p&l.line == 0 {
		p += l.first
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
	l, limit := q.lines, q.limit()
	return &Producer[T]{
		Endpoint: e,
		base:     l.base, mask: l.mask, wordMask: l.wordMask, line: l.line, first: l.first, step: l.step,
		next: l.complete(limit-l.round(), limit), limit: limit, published: spscLimit(q.header),
		lines: &q.lines,
	}, nil
}

// limit returns the consumer's limit in the region, or the first one when a
// hostile peer has stored one that is no message's position.
func (q *SPSC[T]) limit() uint64 {
	limit := atomics.Load(spscLimit(q.header))
	if !q.lines.valid(limit) {
		return q.lines.round() + q.lines.first
	}
	return limit
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
		base:     l.base, mask: l.mask, wordMask: l.wordMask, line: l.line, first: l.first, step: l.step,
		limit: q.limit(), published: spscLimit(q.header),
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
	from := q.limit() - q.lines.round()
	return int(q.lines.between(from, q.lines.end(from)))
}
