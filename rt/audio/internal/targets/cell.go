package targets

import "github.com/memkit-go/memkit/internal/atomics"

// Cell is one isolate's memory, as the program that sets the values sees it.
type Cell struct {
	users uint64 // the threads that are writing, and left
	words []uint64
}

// left is set once the memory is not written any more, by threads that come then.
const left = 1 << 63

// Size is the memory of so many words, in bytes.
func Size(words int) int { return 8 * words }

// NewCell has isolates follow in zeroed memory, which both sides map, aligned to 8.
func NewCell(memory []byte) *Cell { return &Cell{words: view(memory)} }

// pass writes the value of w into word i. A value that another thread set before is not
// left there after it: who wrote last has looked at w later.
//
// Cost: O(1), and once more for each concurrent Set of w. Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one turn per concurrent Set of w
func (c *Cell) pass(i int, w *Word) {
	if c.enter() {
		for {
			v := w.bits.Load()
			atomics.Store(&c.words[i], v)
			if w.bits.Load() == v {
				break
			}
		}
	}
	atomics.Add(&c.users, ^uint64(0))
}

// enter counts a thread, and reports whether it may write.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (c *Cell) enter() bool { return atomics.Add(&c.users, 1)&left == 0 }

// leave keeps further threads out.
func (c *Cell) leave() { atomics.Add(&c.users, left) }

// Idle reports whether no thread writes the memory of a cell that has left, now or later.
func (c *Cell) Idle() bool { return atomics.Load(&c.users) == left }
