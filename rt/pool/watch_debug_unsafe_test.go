//go:build rtdebug

package pool

import (
	"errors"
	"strings"
	"testing"
	"unsafe"
)

// panicOf runs f, on a goroutine of its own if elsewhere is set, and returns what
// it panics with.
func panicOf(elsewhere bool, f func()) (text string) {
	run := func() {
		defer func() {
			switch v := recover().(type) {
			case error:
				text = v.Error()
			case string:
				text = v
			}
		}()
		f()
	}
	if !elsewhere {
		run()
		return text
	}
	done := make(chan struct{})
	go func() { defer close(done); run() }()
	<-done
	return text
}

func expectWords(t *testing.T, what, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s: %q does not say %q", what, text, w)
		}
	}
}

func TestOwnersAreChecked(t *testing.T) {
	local := must(NewLocalSlab[block](2))
	handles := must(NewHandlesSlab[block](2))
	classes := newClassesOf(Class{16, 2})
	frame := must(NewFrame(region(64)))
	for name, c := range map[string]struct{ use, handOver func() }{
		"pool.Local[":   {func() { local.Put(local.Get()) }, local.HandOver},
		"pool.Handles[": {func() { h, _ := handles.Get(); handles.At(h); handles.Put(h) }, handles.HandOver},
		"pool.Classes":  {func() { classes.Free(classes.Alloc(9)) }, classes.HandOver},
		"pool.Frame":    {func() { frame.Alloc(1, 1); frame.Rewind(frame.Mark()); frame.Reset() }, frame.HandOver},
	} {
		if text := panicOf(false, c.use); text != "" {
			t.Errorf("%s: its first user: %s", name, text)
		}
		expectWords(t, name, panicOf(true, c.use), name, "used by goroutine", "on thread", "owned by goroutine", "HandOver")
		c.handOver()
		if text := panicOf(true, c.use); text != "" {
			t.Errorf("%s after HandOver: %s", name, text)
		}
		expectWords(t, name, panicOf(false, c.use), "owned by goroutine")
	}
}

// watchedPools are the ways to the slots of each pool: to take one, to give it
// back, and to close the pool.
func watchedPools(n int) map[string]struct {
	get    func() *block
	put    func(*block)
	closer func() error
} {
	type way = struct {
		get    func() *block
		put    func(*block)
		closer func() error
	}
	all := map[string]way{}
	for name, p := range pointerPools(n) {
		all[name] = way{p.Get, func(b *block) { p.Put(b) }, p.(interface{ Close() error }).Close}
	}
	handles := must(NewHandles[block](region(HandlesSize[block](n)), n))
	names := map[*block]Handle[block]{}
	all["Handles"] = way{
		func() *block { h, b := handles.Get(); names[b] = h; return b },
		func(b *block) { handles.Put(names[b]) },
		handles.Close,
	}
	classes := newClassesOf(Class{48, n})
	all["Classes"] = way{
		func() *block { return (*block)(classes.AllocUninit(48)) },
		func(b *block) { classes.Free(unsafe.Pointer(b)) },
		classes.Close,
	}
	return all
}

func TestUseAfterPut(t *testing.T) {
	for name, p := range watchedPools(1) {
		b := p.get()
		b.owner = 1
		p.put(b)
		if seen := b.content[2]; seen != 0xDDDD_DDDD_DDDD_DDDD {
			t.Errorf("%s: a free slot holds %#x", name, seen)
		}
		b.content[1] = 42
		expectWords(t, name, panicOf(false, func() { p.get() }), "slot 0", "byte 16", "0x2a", "watch_debug_unsafe_test.go")
	}
}

func TestFreshSlots(t *testing.T) {
	for name, p := range watchedPools(2) {
		want := uint64(0)
		if strings.Contains(name, "uninit") || name == "Classes" {
			want = 0xAAAA_AAAA_AAAA_AAAA
		}
		for range 5 {
			b := p.get()
			if b.owner != want || b.content[4] != want {
				t.Errorf("%s: slot begins as %#x, want %#x", name, b.owner, want)
			}
			b.owner = 7
			p.put(b)
		}
	}
}

// TestQuarantine: a slot comes back only when no other is free.
func TestQuarantine(t *testing.T) {
	const n = 40
	for name, p := range watchedPools(n) {
		first := p.get()
		p.put(first)
		for i := range 16 {
			b := p.get()
			if b == first {
				t.Errorf("%s: a slot is back after %d others", name, i)
				break
			}
			p.put(b)
		}
		taken := map[*block]bool{}
		for b := p.get(); b != nil; b = p.get() {
			taken[b] = true
		}
		if len(taken) != n {
			t.Errorf("%s: %d of %d slots are handed out", name, len(taken), n)
		}
	}
}

func TestCloseReportsLeaks(t *testing.T) {
	for name, p := range watchedPools(5) {
		kept, gone := p.get(), p.get()
		p.get()
		p.put(gone)
		err := p.closer()
		var leak *LeakError
		if !errors.As(err, &leak) || len(leak.Slots) != 2 || kept == nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		expectWords(t, name, err.Error(), "pool.", "closed with 2 slots in use", "slot 0 taken at", "watch_debug_unsafe_test.go:")
	}
	for name, p := range watchedPools(5) {
		b := p.get()
		p.put(b)
		if err := p.closer(); err != nil {
			t.Errorf("%s: nothing is in use: %v", name, err)
		}
		b.owner = 1
		if err := p.closer(); err == nil {
			t.Errorf("%s: a write to a free slot passes", name)
		}
	}
}

// TestPointersAreNotPatterned: the collector reads the slots of a slab.
func TestPointersAreNotPatterned(t *testing.T) {
	p := must(NewLocalSlab[*int](1))
	slot := p.Get()
	*slot = new(int)
	p.Put(slot)
	if *slot != nil {
		t.Errorf("a free slot holds %p", *slot)
	}
	*slot = new(int)
	expectWords(t, "pointers", panicOf(false, func() { p.Get() }), "slot 0")
}

func TestFrameIsWatched(t *testing.T) {
	f := must(NewFrame(region(256)))
	a := (*[32]byte)(f.AllocUninit(32, 1))
	if a[0] != 0xAA || a[31] != 0xAA {
		t.Errorf("uninitialised memory holds %#x", a[0])
	}
	f.Reset()
	if a[7] != 0xDD {
		t.Errorf("memory taken back holds %#x", a[7])
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	a[7] = 1
	expectWords(t, "Close", f.Close().Error(), "byte 7")
	expectWords(t, "Alloc", panicOf(false, func() { f.Alloc(20, 1) }), "byte 7", "Reset")
}
