package ring

import (
	"unsafe"

	"github.com/memkit-go/memkit/internal/atomics"
)

// A ring is lines of cells. In a line the first cells hold the line's word, and
// each of the others one message:
//
//	T of 8 bytes:   | word | message | message | … 7 messages |   64 bytes, 8 cells
//	T of 4 bytes:   | word      | message | … 14 messages     |   64 bytes, 16 cells
//	other T:        | word, message |                              a cell for itself
//
// Positions count cells modulo 2⁶⁴ and leave out those of a word: after the last
// message of a line comes the first message of the next. They are compared by
// the sign of their difference.
//
// A line's word is the position behind its last complete message. The producer
// writes messages in order, so whoever reads a word knows that everything before
// that position is complete, in other lines too. A word that no message in its
// line has changed yet lies behind no position of this round.
//
// A word and its messages share a cache line when T has 1, 2, 4, 8 or 16 bytes and
// when T and its word fit into one; larger messages take more lines.
const (
	lineSize = 64
	wordSize = 8
)

// spscOrigin is where the cells start: behind the header and the consumer's
// position.
const spscOrigin = unsafe.Sizeof(header{}) + cacheLine

// spscShared says whether messages of T share lines.
func spscShared[T any]() bool {
	size := sizeOf[T]()
	return size > 0 && size <= 16 && size&(size-1) == 0
}

// spscLine is the number of cells in a line, a power of two.
func spscLine[T any]() uint64 {
	if spscShared[T]() {
		return lineSize / sizeOf[T]()
	}
	return 1
}

// spscFirst is the number of the first cell in a line that holds a message.
func spscFirst[T any]() uint64 {
	if spscShared[T]() {
		return max(1, wordSize/sizeOf[T]())
	}
	return 0
}

// spscCell is the size of a cell in bytes, and spscOffset where the message lies
// in it.
func spscCell[T any]() uintptr {
	if spscShared[T]() {
		return uintptr(sizeOf[T]())
	}
	return wordSize + (uintptr(sizeOf[T]())+wordSize-1)&^(wordSize-1)
}

func spscOffset[T any]() uintptr {
	if spscShared[T]() {
		return 0
	}
	return wordSize
}

// spscCount is the number of messages in a number of cells, whole lines.
func spscCount[T any](cells uint64) uint64 {
	line := spscLine[T]()
	return cells / line * (line - spscFirst[T]())
}

func spscSize[T any](cells uint64) uint64 {
	if cells%spscLine[T]() != 0 {
		return 0 // no ring
	}
	return wholeLines(uint64(spscOrigin) + cells*uint64(spscCell[T]()))
}

// spscCells is a view of the messages. Its fields but the addresses depend on T
// and the capacity only; they are here because the compiler does not inline what
// computes them.
type spscCells[T any] struct {
	words, messages unsafe.Pointer // the first of each
	mask            uint64         // of the cell in a position
	line            uint64         // of the cell in a line
	wordMask        uint64         // of the first cell in a line
	first           uint64         // cell of a line that holds a message
	size            uintptr        // of a cell
}

func spscView[T any](h *header, cells uint64) *SPSC[T] {
	line := spscLine[T]() - 1
	return &SPSC[T]{header: h, cells: spscCells[T]{
		words:    h.at(spscOrigin),
		messages: h.at(spscOrigin + spscOffset[T]()),
		mask:     cells - 1,
		line:     line,
		wordMask: cells - 1 - line,
		first:    spscFirst[T](),
		size:     spscCell[T](),
	}}
}

// spscReset prepares the region of a new ring: every word of 0 lies behind no
// position, and the consumer's is the first.
func spscReset[T any](h *header, _ uint64) {
	atomics.Store(spscConsumed(h), spscFirst[T]())
}

// spscConsumed is the consumer's position in the region: that of the message that
// it takes next.
func spscConsumed(h *header) *uint64 { return (*uint64)(h.at(unsafe.Sizeof(header{}))) }

// word returns the word of the line in which position p lies.
func (c *spscCells[T]) word(p uint64) *uint64 {
	return (*uint64)(unsafe.Add(c.words, uintptr(p&c.wordMask)*c.size))
}

// at returns the message at position p.
func (c *spscCells[T]) at(p uint64) *T {
	return (*T)(unsafe.Add(c.messages, uintptr(p&c.mask)*c.size))
}

// run returns the n messages from position p on. They lie in one line.
func (c *spscCells[T]) run(p, n uint64) []T { return unsafe.Slice(c.at(p), n) }

// after returns the position n messages behind p, at most at the line's end.
func (c *spscCells[T]) after(p, n uint64) uint64 {
	p += n
	if p&c.line == 0 {
		p += c.first
	}
	return p
}

// left returns the number of messages from position p to its line's end.
func (c *spscCells[T]) left(p uint64) uint64 { return c.line + 1 - p&c.line }

// between returns the number of messages from position p to q, at most those that
// the ring holds. Positions that are no message's, which a hostile peer may have
// stored, count as some number within that.
func (c *spscCells[T]) between(p, q uint64) uint64 {
	line := spscLine[T]()
	n := (q&^(line-1)-p&^(line-1))/line*(line-spscFirst[T]()) + q&(line-1) - p&(line-1)
	return min(n, spscCount[T](c.mask+1))
}

// Producer claims the ring's sending side. If an earlier producer died, the new
// one goes on behind the last complete message; a message that was being written
// is lost. A side that is in use is refused with [ErrHeld].
func (q *SPSC[T]) Producer() (*Producer[T], error) {
	e, err := claimEndpoint(q.header, producing, "producer side")
	if err != nil {
		return nil, err
	}
	p := &Producer[T]{Endpoint: e, cells: q.cells, consumed: spscConsumed(q.header)}
	consumed := q.start()
	p.limit = consumed + q.cells.mask + 1
	p.next = q.complete(consumed, p.limit)
	return p, nil
}

// complete returns the position behind the last complete message, from p up to
// limit. Each turn goes on by a message at least.
func (q *SPSC[T]) complete(p, limit uint64) uint64 {
	for p != limit {
		word := atomics.Load(q.cells.word(p))
		if ahead := word - p; ahead-1 >= limit-p || word&(spscLine[T]()-1) < spscFirst[T]() {
			break // older than p, or nonsense
		}
		p = word
	}
	return p
}

// start returns the consumer's position in the region, or that of the first
// message when a hostile peer has stored one that is no message's.
func (q *SPSC[T]) start() uint64 {
	p := atomics.Load(spscConsumed(q.header))
	if p&(spscLine[T]()-1) < spscFirst[T]() {
		return spscFirst[T]()
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
	c := &Consumer[T]{Endpoint: e, cells: q.cells, consumed: spscConsumed(q.header)}
	c.next = q.start()
	c.known = c.next
	return c, nil
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
	from := q.start()
	return int(q.cells.between(from, q.cells.end(from)))
}

// end returns the position behind the last complete message, from p on.
//
// Lines fill one after the other, so the last one that has a message is found by
// halving. The line in which p lies may have some of the next round, which then
// come last.
func (c *spscCells[T]) end(p uint64) uint64 {
	line, limit, end := spscLine[T](), p+c.mask+1, p
	reach := func(from uint64) bool {
		word := atomics.Load(c.word(from))
		reached := word-from-1 < limit-from
		if reached && int64(word-end) > 0 {
			end = word
		}
		return reached
	}
	reach(p)
	first := p&^(line-1) + spscFirst[T]()
	for some, none := uint64(0), (c.mask+1)/line; none-some > 1; {
		if middle := (some + none) / 2; reach(first + middle*line) {
			some = middle
		} else {
			none = middle
		}
	}
	return end
}
