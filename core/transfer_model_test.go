//go:build interleave || race

package core

import (
	"fmt"
	"testing"

	"github.com/memkit-go/memkit/internal/interleave"
	"github.com/memkit-go/memkit/internal/testenv"
)

// cellModel is a cell through which a lane sends boxes, the first with serial 1.
type cellModel struct {
	cell   transferCell
	origin origin
}

func (m *cellModel) reset() { m.cell = transferCell{} }

// accept is a lane that asks for a box, as Accept does: the sender's own lane frees
// the cell, another one keeps it. It logs the box's handle.
func (m *cellModel) accept(serial, next uint64) func(*interleave.Thread) {
	return func(t *interleave.Thread) {
		if !m.cell.open(serial) {
			return
		}
		t.Hold(1)
		t.Assert(m.cell.value != nil && m.cell.origin == &m.origin, "the cell is not complete")
		t.Log = append(t.Log, m.cell.handle)
		t.Drop(1)
		m.cell.release(serial, next)
	}
}

func checkCell(t *testing.T, m interleave.Model) {
	t.Helper()
	testenv.SkipInRaceRun(t)
	r := interleave.Check(m)
	if r.Err != nil {
		t.Error(r)
	}
	t.Logf("%d orders, %d states", r.Orders, r.States)
}

// accepted lists the handles that the threads of a model logged.
func accepted(logs [][]uint64) (handles []uint64) {
	for _, log := range logs {
		handles = append(handles, log...)
	}
	return handles
}

// TestModelSend: in every order of a Send and two Accepts, at most one of them gets
// the box, and gets all of it.
func TestModelSend(t *testing.T) {
	m := &cellModel{}
	checkCell(t, interleave.Model{
		Start: func() []func(*interleave.Thread) {
			m.reset()
			sender := func(*interleave.Thread) { m.cell.send(1, m, &m.origin, 11) }
			return []func(*interleave.Thread){sender, m.accept(1, cellAccepted), m.accept(1, cellAccepted)}
		},
		Final: func(logs [][]uint64) error {
			got := accepted(logs)
			taken := m.cell.state == 1<<2|cellAccepted
			if len(got) > 1 || taken != (len(got) == 1) || taken && got[0] != 11 {
				return fmt.Errorf("handles %v, state %d", got, m.cell.state)
			}
			return nil
		},
	})
}

// TestModelSendAgain: a lane sends the next box through a cell as soon as it finds it
// free; a number of the first Send never gets that box.
func TestModelSendAgain(t *testing.T) {
	m := &cellModel{}
	checkCell(t, interleave.Model{
		Start: func() []func(*interleave.Thread) {
			m.reset()
			sender := func(*interleave.Thread) {
				m.cell.send(1, m, &m.origin, 11)
				if serial, free := m.cell.next(); free {
					m.cell.send(serial, m, &m.origin, 22)
				}
			}
			return []func(*interleave.Thread){sender, m.accept(1, cellFree), m.accept(1, cellFree)}
		},
		Final: func(logs [][]uint64) error {
			if got := accepted(logs); len(got) > 1 || len(got) == 1 && got[0] != 11 {
				return fmt.Errorf("handles %v by the first number", got)
			}
			return nil
		},
	})
}

// TestModelCloseOnce: of two threads that give an accepted box back, one succeeds.
func TestModelCloseOnce(t *testing.T) {
	m := &cellModel{}
	closer := func(t *interleave.Thread) {
		if m.cell.close(1) {
			t.Log = append(t.Log, m.cell.handle)
			m.cell.release(1, cellFree)
		}
	}
	checkCell(t, interleave.Model{
		Start: func() []func(*interleave.Thread) {
			m.reset()
			m.cell.handle, m.cell.state = 11, 1<<2|cellAccepted
			return []func(*interleave.Thread){closer, closer}
		},
		Final: func(logs [][]uint64) error {
			if got := accepted(logs); len(got) != 1 || m.cell.state != 1<<2|cellFree {
				return fmt.Errorf("handles %v, state %d", got, m.cell.state)
			}
			return nil
		},
	})
}
