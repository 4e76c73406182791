package targets

import (
	"slices"
	"sync"

	"github.com/memkit-go/memkit/internal/atomics"
)

// Cells are the memory of the isolates that follow. The zero value has none.
type Cells struct {
	changing sync.Mutex // of Join and Leave
	list     atomics.Pointer[[]*Cell]
}

// Join adds an isolate and gives it the values of all words.
func (c *Cells) Join(cell *Cell, words []*Word) {
	c.changing.Lock()
	defer c.changing.Unlock()
	list := append(slices.Clone(c.cells()), cell)
	c.join(&list, cell, words)
}

// join makes cell the last of list. Who sets a word meanwhile finds the cell in the list,
// or has set the word before its value is read here.
func (c *Cells) join(list *[]*Cell, cell *Cell, words []*Word) {
	c.list.Store(list)
	for i, w := range words {
		cell.pass(i, w)
	}
}

// Leave removes an isolate. Its memory is free once [Cell.Idle] says so.
func (c *Cells) Leave(cell *Cell) {
	c.changing.Lock()
	defer c.changing.Unlock()
	list := slices.DeleteFunc(slices.Clone(c.cells()), func(other *Cell) bool { return other == cell })
	c.leave(&list, cell)
}

// leave leaves list without cell.
func (c *Cells) leave(list *[]*Cell, cell *Cell) {
	c.list.Store(list)
	cell.leave()
}

func (c *Cells) cells() []*Cell {
	if list := c.list.Load(); list != nil {
		return *list
	}
	return nil
}

// Pass gives the isolates the value of word i, which w is here. Call it after each Set.
//
// Cost: O(isolates), and O(1) more for each concurrent Set of the word. Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (c *Cells) Pass(i int, w *Word) {
	for _, cell := range c.cells() {
		cell.pass(i, w)
	}
}
