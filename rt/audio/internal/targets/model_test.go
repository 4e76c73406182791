//go:build interleave || race

package targets

import (
	"fmt"
	"testing"

	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/interleave"
	"github.com/memkit-go/memkit/internal/testenv"
)

// model is a program with one word and one isolate. Its memory has the same addresses in
// each order.
type model struct {
	word          Word
	cell          Cell
	cells         Cells
	without, with []*Cell
	memory        [8]byte
}

// reset brings the memory into its first state, in which the isolate follows or does not.
func (m *model) reset(joined bool) {
	m.memory = [8]byte{}
	m.word.bits.Store(0)
	m.cell = *NewCell(m.memory[:])
	m.with = []*Cell{&m.cell}
	m.cells.list.Store(&m.without)
	if joined {
		m.join()
	}
}

func (m *model) join() { m.cells.join(&m.with, &m.cell, []*Word{&m.word}) }

func (m *model) set(v float32) func(*interleave.Thread) {
	return func(*interleave.Thread) {
		m.word.Set(v)
		m.cells.Pass(0, &m.word)
	}
}

func check(t *testing.T, m interleave.Model) {
	t.Helper()
	testenv.SkipInRaceRun(t)
	r := interleave.Check(m)
	if r.Err != nil {
		t.Error(r)
	}
	t.Logf("%d orders, %d states", r.Orders, r.States)
}

// TestModelLastValueStays: in every order of two threads that set a word, an isolate that
// follows before or meanwhile has the value that was set last, and reads no other one.
func TestModelLastValueStays(t *testing.T) {
	for _, joined := range []bool{true, false} {
		m := &model{}
		check(t, interleave.Model{
			Start: func() []func(*interleave.Thread) {
				m.reset(joined)
				reader := NewReader(m.memory[:])
				third := func(t *interleave.Thread) {
					for range 2 {
						v, changed := reader.Next(0)
						t.Assert(!changed || v == 1 || v == 2, "reads %v", v)
					}
				}
				if !joined {
					third = func(*interleave.Thread) { m.join() }
				}
				return []func(*interleave.Thread){m.set(1), m.set(2), third}
			},
			Final: func([][]uint64) error {
				if v, _ := NewReader(m.memory[:]).Next(0); v != m.word.Value() {
					return fmt.Errorf("the isolate has %v, the program %v", v, m.word.Value())
				}
				return nil
			},
		})
	}
}

// TestModelLeave: in every order nothing writes the memory of an idle cell.
func TestModelLeave(t *testing.T) {
	m := &model{}
	const freed = 77
	check(t, interleave.Model{
		Start: func() []func(*interleave.Thread) {
			m.reset(true)
			leaver := func(t *interleave.Thread) {
				m.cells.leave(&m.without, &m.cell)
				if m.cell.Idle() {
					atomics.Store(&m.cell.words[0], freed)
					t.Log = append(t.Log, freed)
				}
			}
			return []func(*interleave.Thread){m.set(1), m.set(2), leaver}
		},
		Final: func(logs [][]uint64) error {
			if len(logs[2]) > 0 && m.cell.words[0] != freed {
				return fmt.Errorf("the memory of an idle cell was written")
			}
			return nil
		},
	})
}
