package pool

import (
	"testing"
	"unsafe"

	"github.com/memkit-go/memkit/internal/hotpath"
)

//go:noinline
func localGet(p *Local[block]) *block { return p.Get() }

//go:noinline
func localPut(p *Local[block], b *block) error { return p.Put(b) }

//go:noinline
func sharedGet(p *Shared[block]) *block { return p.Get() }

//go:noinline
func sharedPut(p *Shared[block], b *block) error { return p.Put(b) }

//go:noinline
func handlesGet(p *Handles[block]) (Handle[block], *block) { return p.Get() }

//go:noinline
func handlesAt(p *Handles[block], h Handle[block]) *block { return p.At(h) }

//go:noinline
func handlesPut(p *Handles[block], h Handle[block]) error { return p.Put(h) }

//go:noinline
func frameAlloc(f *Frame, n, align uintptr) unsafe.Pointer { return f.AllocUninit(n, align) }

func TestHotPaths(t *testing.T) {
	local := must(NewLocal[block](region(LocalSize[block](1)), 1))
	localPut(local, localGet(local))
	shared := must(NewShared[block](region(SharedSize[block](1)), 1))
	sharedPut(shared, sharedGet(shared))
	handles := must(NewHandles[block](region(HandlesSize[block](1)), 1))
	h, _ := handlesGet(handles)
	handlesAt(handles, h)
	handlesPut(handles, h)
	frameAlloc(must(NewFrame(region(64))), 1, 1)

	hotpath.Check(t, "rt/pool", []hotpath.Op{
		{Name: "localGet"},
		{Name: "localPut"},
		{Name: "sharedGet", Retries: true},
		{Name: "sharedPut", Retries: true},
		{Name: "handlesGet"},
		{Name: "handlesAt"},
		{Name: "handlesPut"},
		{Name: "frameAlloc"},
		{Name: "(*Classes).AllocUninit"},
		{Name: "(*Classes).Free"},
	})
}
