//go:build rtdebug

package tlsf

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
)

// message runs f and returns what it panicked with, "" if it did not.
func message(f func()) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = fmt.Sprint(r)
		}
	}()
	f()
	return ""
}

func TestDebugFill(t *testing.T) {
	h := newHeap(t, 1<<16, Config{})
	p := alloc(t, h, 100)
	if i, altered := debug.Altered(p, 104, debug.Fresh); altered {
		t.Errorf("byte %d of a new block is not %#x", i, debug.Fresh)
	}
	fill(p, 100)
	free(t, h, p)
	if i, altered := debug.Altered(p, 104, debug.Freed); altered {
		t.Errorf("byte %d of a freed block is not %#x", i, debug.Freed)
	}
	if err := h.Free(p); err != ErrDoubleFree {
		t.Errorf("double free of a block in quarantine: %v", err)
	}
	if q := alloc(t, h, 100); q == p {
		t.Error("a block left quarantine at once")
	}
	check(t, h)
}

// TestDebugUseAfterFree: a write to a freed block is noticed when the block
// leaves quarantine, and says who freed it.
func TestDebugUseAfterFree(t *testing.T) {
	for name, leave := range map[string]func(h *Heap){
		"by Check":    func(h *Heap) { h.Check() },
		"by pressure": func(h *Heap) { h.Alloc(h.limit) },
		"by age": func(h *Heap) {
			for range quarantineSize + 1 {
				h.Free(h.Alloc(8))
			}
		},
	} {
		h := newHeap(t, 1<<16, Config{})
		p := alloc(t, h, 100)
		free(t, h, p)
		*(*byte)(unsafe.Add(p, 50)) = 1
		text := message(func() { leave(h) })
		for _, want := range []string{"byte 50", "written after the block was freed", "100 bytes", "heap_unsafe_test.go"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q does not mention %q", name, text, want)
			}
		}
	}
}

func TestDebugOwner(t *testing.T) {
	h := newHeap(t, 1<<16, Config{})
	p := alloc(t, h, 100)
	elsewhere := func(f func()) string {
		text := make(chan string)
		go func() { text <- message(f) }()
		return <-text
	}
	for name, f := range map[string]func(){
		"Alloc": func() { h.Alloc(1) },
		"Free":  func() { h.Free(p) },
		"Stats": func() { h.Stats() },
		"Realloc": func() {
			h.Realloc(p, 200)
		},
	} {
		if text := elsewhere(f); !strings.Contains(text, "HandOver") {
			t.Errorf("%s by a second goroutine: %q", name, text)
		}
	}
	if text := elsewhere(func() { h.FreeRemote(p) }); text != "" {
		t.Errorf("FreeRemote by a second goroutine: %s", text)
	}
	h.HandOver()
	if text := elsewhere(func() { h.DrainRemote(1) }); text != "" {
		t.Errorf("after HandOver: %s", text)
	}
	if text := message(func() { h.Alloc(1) }); !strings.Contains(text, "HandOver") {
		t.Errorf("the first owner after HandOver: %q", text)
	}
}

// TestDebugFreeOfWaiting: the owner frees a block that another thread handed over.
func TestDebugFreeOfWaiting(t *testing.T) {
	h := newHeap(t, 1<<16, Config{})
	p := alloc(t, h, 100)
	if err := h.FreeRemote(p); err != nil {
		t.Fatal(err)
	}
	if err := h.Free(p); err != ErrDoubleFree {
		t.Errorf("Free of a block in the queue: %v", err)
	}
	if h.DrainRemote(2) != 1 || h.Stats().RemoteErrors != 0 {
		t.Errorf("%+v", h.Stats())
	}
}

func TestDebugLeaks(t *testing.T) {
	h := newHeap(t, 1<<16, Config{})
	if err := h.Close(); err != nil {
		t.Errorf("an empty heap: %v", err)
	}
	p := alloc(t, h, 100)
	q, err := h.AllocAligned(200, 256)
	if err != nil {
		t.Fatal(err)
	}
	free(t, h, p)
	if q, err = h.Realloc(q, 3000); err != nil {
		t.Fatal(err)
	}
	var leaks *LeakError
	if err := h.Close(); !errors.As(err, &leaks) || leaks.Blocks != 1 || leaks.Bytes != GoodFit.BlockSize(3000+wordSize) || !strings.Contains(err.Error(), "debug_enabled_unsafe_test.go") {
		t.Errorf("Close with one block live: %v", err)
	}
	for range 20 {
		alloc(t, h, 8)
	}
	if err := h.Close(); !strings.Contains(fmt.Sprint(err), "21 blocks") || !strings.Contains(err.Error(), "and 11 more") {
		t.Errorf("Close with 21 blocks live: %v", err)
	}
	free(t, h, q)
}
