package targets

import (
	"math"
	"testing"
)

// TestFollow: each isolate has the values of all words, those that were set before it
// came too, and says once that one has changed.
func TestFollow(t *testing.T) {
	words := []*Word{{}, {}, {}}
	words[0].Set(0) // the content of new memory, and still a value
	words[1].Set(-2.5)
	var cells Cells
	memories := [2][]byte{make([]byte, Size(3)), make([]byte, Size(3))}
	first, second := NewCell(memories[0]), NewCell(memories[1])
	cells.Join(first, words)
	words[2].Set(float32(math.Inf(1)))
	cells.Pass(2, words[2])
	cells.Join(second, words)
	words[1].Set(-3)
	cells.Pass(1, words[1])
	for _, m := range memories {
		r := NewReader(m)
		for i, w := range words {
			if v, changed := r.Next(i); !changed || v != w.Value() {
				t.Errorf("word %d: %v, %v, want %v", i, v, changed, w.Value())
			}
			if v, changed := r.Next(i); changed {
				t.Errorf("word %d changes to %v", i, v)
			}
		}
	}
	cells.Leave(first)
	words[1].Set(3)
	cells.Pass(1, words[1])
	for i, want := range []float32{-3, 3} {
		if v, _ := NewReader(memories[i]).Next(1); v != want {
			t.Errorf("isolate %d has %v, want %v", i, v, want)
		}
	}
	if !first.Idle() || second.Idle() {
		t.Errorf("idle: %v, %v", first.Idle(), second.Idle())
	}
}

// TestUnset: a word without a value is none for an isolate.
func TestUnset(t *testing.T) {
	r := NewReader(make([]byte, Size(1)))
	if v, changed := r.Next(0); changed {
		t.Errorf("changes to %v", v)
	}
}

// TestBusy: memory is not free while a thread writes it, also one that has come later and
// is turned away.
func TestBusy(t *testing.T) {
	var cells Cells
	c := NewCell(make([]byte, Size(1)))
	cells.Join(c, nil)
	if !c.enter() {
		t.Fatal("is turned away")
	}
	cells.Leave(c)
	if c.Idle() {
		t.Error("is idle while a thread writes")
	}
	c.pass(0, &Word{})
	if c.Idle() {
		t.Error("another one has been counted for it")
	}
	w := &Word{}
	w.Set(1)
	if c.pass(0, w); c.words[0] != 0 {
		t.Error("memory is written after Leave")
	}
}

func TestPassAllocates(t *testing.T) {
	var cells Cells
	w := &Word{}
	cells.Join(NewCell(make([]byte, Size(1))), []*Word{w})
	if n := testing.AllocsPerRun(100, func() { w.Set(1); cells.Pass(0, w) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
