package core

import (
	"errors"
	"testing"
)

type point struct{ X, Y, Z int64 }

var points = MustType[point]()

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// newLane makes an allocator of one lane, which must end without leaks.
func newLane(t testing.TB, c Config) *Lane {
	t.Helper()
	l := looseLane(t, c)
	t.Cleanup(func() {
		if err := l.heap.Check(); err != nil {
			t.Error(err)
		}
		if err := l.a.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// looseLane is newLane for tests that close, or leak, on their own.
func looseLane(t testing.TB, c Config) *Lane {
	t.Helper()
	c.NoLock = true
	a, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := a.Lane()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func wantErr(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// checkSums verifies that a finished frame's tags, phases and intents each add
// up to its total.
func checkSums(t testing.TB, f *Frame, s FrameSummary) {
	t.Helper()
	var tags, phases, intents [2]int
	for x := range f.Tags() {
		tags[0] += x.Bytes
		tags[1] += x.Allocs
	}
	for x := range f.Phases() {
		phases[0] += x.Bytes
		phases[1] += x.Allocs
	}
	for x := range f.Intents() {
		intents[0] += x.Bytes
		intents[1] += x.Allocs
	}
	if want := [2]int{s.Bytes, s.Allocs}; tags != want || phases != want || intents != want {
		t.Errorf("frame %d has %v bytes and allocations; by tag %v, by phase %v, by intent %v", s.Frame, want, tags, phases, intents)
	}
}
