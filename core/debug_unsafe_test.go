//go:build rtdebug

package core

import (
	"runtime/debug"
	"sync"
	"testing"
	"unsafe"
)

func TestWrongThread(t *testing.T) {
	l := newLane(t, Config{})
	pool := must(NewPool(l, points, 2))
	b, box := must(pool.New()), must(points.Box(l.Heap()))
	g, s := must(l.Group(0)), must(l.Scratch("s", 100))
	f := must(l.Begin())
	var other sync.WaitGroup
	other.Go(func() {
		try := func(what string, err error) { wantErr(t, what, err, ErrWrongThread) }
		_, err := l.Begin()
		try("Begin", err)
		_, err = f.End()
		try("End", err)
		_, err = points.New(f)
		try("New", err)
		_, err = points.Make(f, 3)
		try("Make", err)
		_, err = pool.New()
		try("Pool.New", err)
		try("pool box", b.Close())
		try("heap box", box.Close())
		_, err = box.Send()
		try("Send", err)
		_, err = points.MakeIn(g, 1)
		try("MakeIn", err)
		try("FreeAll", g.FreeAll())
		try("Reset", s.Reset())
		try("Rewind", f.Rewind(Mark{}))
		try("With", f.With(Audio, func() error { return nil }))
		try("Close", l.Close())
		if l.Drain(1) != 0 {
			t.Error("Drain")
		}
		must(0, box.Defer()) // may be called from anywhere
	})
	other.Wait()
	must(f.End())
	must(0, b.Close())
	must(0, s.Close())
	l.Drain(1)
}

// TestEndedFramesAreInaccessible reads an ended frame through an address that was
// kept against the rules.
func TestEndedFramesAreInaccessible(t *testing.T) {
	l := newLane(t, Config{})
	if !l.a.arena.Granted().Mapped {
		t.Skip("the arena is Go memory in this build")
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	f := must(l.Begin())
	kept := must(points.New(f)).Ptr()
	must(f.End())
	fault := func() (fault any) {
		defer func() { fault = recover() }()
		return kept.X
	}
	if _, isError := fault().(error); !isError {
		t.Error("an ended frame is readable")
	}
	for range frameCopies {
		f = must(l.Begin())
		p := must(points.New(f)).Ptr()
		p.X = 1
		if again := p == kept; again != (f.number%frameCopies == 1) {
			t.Error("frames do not take turns")
		}
		must(f.End())
	}
	_ = unsafe.Pointer(kept)
}
