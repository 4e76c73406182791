package core

import (
	"testing"

	"github.com/memkit-go/memkit/internal/hotpath"
)

//go:noinline
func frameNew(f *Frame) (Ref[point], error) { return points.New(f) }

//go:noinline
func frameMakeUninit(f *Frame, n int) (RefSlice[point], error) { return points.MakeUninit(f, n) }

//go:noinline
func refGet(r Ref[point]) (*point, error) { return r.Get() }

//go:noinline
func poolNew(p *Pool[point]) (Box[point], error) { return p.New() }

//go:noinline
func boxGet(b Box[point]) (*point, error) { return b.Get() }

//go:noinline
func boxClose(b Box[point]) error { return b.Close() }

//go:noinline
func phaseOpen(f *Frame, p Phase) Scope { return f.Phase(p) }

//go:noinline
func tagName(a *Allocator, t Tag) string { return a.TagName(t) }

// TestHotPaths holds what a frame does again and again to straight machine code:
// calls only lead to what a budget's line, a new peak, a hook, a failure or
// memory of another thread takes.
func TestHotPaths(t *testing.T) {
	if poisonBuild {
		t.Skip("this build fills freed memory with a pattern, in loops")
	}
	const shape = "[go.shape.struct { X int64; Y int64; Z int64 }]"
	l := newLane(t, Config{})
	p := must(NewPool(l, points, 1))
	b := must(poolNew(p))
	boxGet(b)
	boxClose(b)
	tagName(l.a, 0)
	f := must(l.Begin())
	refGet(must(frameNew(f)))
	frameMakeUninit(f, 1)
	phaseOpen(f, 0).End()
	must(f.End())

	hotpath.Check(t, "core", []hotpath.Op{
		{Name: "frameNew", Calls: []string{"core.(*Frame).slow"}},
		{Name: "frameMakeUninit", Calls: []string{"core.(*Frame).slow"}},
		{Name: "(*Frame).End", Calls: []string{"core.(*Frame).cleanUp", "core.(*Frame).notifyEnd"}},
		{Name: "refGet"},
		{Name: "poolNew", Calls: []string{"core.(*Lane).refuse", "core.(*Pool" + shape + ").bookSlow"}},
		{Name: "boxGet"},
		{Name: "boxClose", Calls: []string{"core.(*Lane).unbookSlow", "core.(*Heap).", "core.Box" + shape + ".Defer"}},
		{Name: "phaseOpen"},
		{Name: "Scope.End", Calls: []string{"core.(*Frame).relimitSlow"}},
		{Name: "tagName"},
	})
}
