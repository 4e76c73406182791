package ring

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/rt/arena"
)

// rings lists every kind by what a region test needs of it.
var rings = []struct {
	name   string
	size   func(capacity int) int
	create func(region []byte, capacity int) error
	attach func(region []byte) error
}{
	{"SPSC", SPSCSize[uint64],
		func(r []byte, n int) error { _, err := CreateSPSC[uint64](r, n); return err },
		func(r []byte) error { _, err := AttachSPSC[uint64](r); return err }},
	{"Stream", StreamSize[uint64],
		func(r []byte, n int) error { _, err := CreateStream[uint64](r, n); return err },
		func(r []byte) error { _, err := AttachStream[uint64](r); return err }},
	{"Broadcast", BroadcastSize[uint64],
		func(r []byte, n int) error { _, err := CreateBroadcast[uint64](r, n); return err },
		func(r []byte) error { _, err := AttachBroadcast[uint64](r); return err }},
	{"MPMC", MPMCSize[uint64],
		func(r []byte, n int) error { _, err := CreateMPMC[uint64](r, n); return err },
		func(r []byte) error { _, err := AttachMPMC[uint64](r); return err }},
	{"Latest", func(int) int { return LatestSize[uint64]() },
		func(r []byte, _ int) error { _, err := CreateLatest[uint64](r); return err },
		func(r []byte) error { _, err := AttachLatest[uint64](r); return err }},
}

func TestRegionIsJudged(t *testing.T) {
	for _, k := range rings {
		t.Run(k.name, func(t *testing.T) {
			size := k.size(8)
			region := make([]byte, size+64)
			if err := k.attach(region); layoutError(t, err).What != "magic" {
				t.Errorf("attach to an empty region: %v", err)
			}
			if err := k.create(region[:size-1], 8); err == nil || !strings.Contains(err.Error(), fmt.Sprint(size)) {
				t.Errorf("create in a region one byte too small does not name the %d bytes needed: %v", size, err)
			}
			if err := k.create(region[8:], 8); err == nil || !strings.Contains(err.Error(), "aligned") {
				t.Errorf("create in an unaligned region: %v", err)
			}
			for _, r := range [][]byte{nil, {}, region[:100]} {
				if k.create(r, 8) == nil || k.attach(r) == nil {
					t.Errorf("a region of %d bytes passes", len(r))
				}
			}
			if err := k.create(region[:size], 8); err != nil {
				t.Fatal(err)
			}
			if err := k.attach(region); err != nil {
				t.Errorf("attach: %v", err)
			}
			if err := k.attach(region[:size-64]); layoutError(t, err).What != "size" {
				t.Errorf("attach to a part of the region: %v", err)
			}
		})
	}
}

func layoutError(t *testing.T, err error) *LayoutError {
	t.Helper()
	var e *LayoutError
	if !errors.As(err, &e) {
		t.Fatalf("%v is no LayoutError", err)
	}
	return e
}

func TestCapacityIsJudged(t *testing.T) {
	region := make([]byte, 1<<16)
	for _, k := range rings[:4] {
		for _, capacity := range []int{0, -1, MaxCapacity + 1} {
			if err := k.create(region, capacity); err == nil || !strings.Contains(err.Error(), "capacity") {
				t.Errorf("%s of capacity %d: %v", k.name, capacity, err)
			}
			if n := k.size(capacity); n != 0 {
				t.Errorf("%s of capacity %d would need %d bytes", k.name, capacity, n)
			}
		}
		if err := k.create(region, 1); err != nil {
			t.Errorf("%s of capacity 1: %v", k.name, err)
		}
	}
	type huge [1 << 40]byte
	if SPSCSize[huge](MaxCapacity) != 0 {
		t.Error("2^70 bytes pass for a size")
	}
}

// TestAttachComparesHeaders: what differs between two programs is named, and the
// ring that is there stays as it was.
func TestAttachComparesHeaders(t *testing.T) {
	type message struct{ A, B uint32 }
	type swapped struct{ B, A uint32 }
	type signed struct {
		A uint32
		B int32
	}
	type longer struct{ A, B, C uint32 }
	type shadow struct{ A, B uint32 }
	region := make([]byte, SPSCSize[message](4))
	q := must(CreateSPSC[message](region, 4))
	must(q.Producer()).Push(message{1, 2})

	attach := map[string]func() error{
		"element layout, swapped":   func() error { _, err := AttachSPSC[swapped](region); return err },
		"element layout, signed":    func() error { _, err := AttachSPSC[signed](region); return err },
		"element layout, [2]uint32": func() error { _, err := AttachSPSC[[2]uint32](region); return err },
		"element size, longer":      func() error { _, err := AttachSPSC[longer](region); return err },
		"kind, Stream":              func() error { _, err := AttachStream[message](region); return err },
		"kind, Latest":              func() error { _, err := AttachLatest[message](region); return err },
	}
	for want, f := range attach {
		what, _, _ := strings.Cut(want, ",")
		if e := layoutError(t, f()); e.What != what {
			t.Errorf("%s: %v", want, e)
		}
	}
	if _, err := AttachSPSC[shadow](region); err != nil {
		t.Errorf("the same struct under another name: %v", err)
	}

	h := must(regionHeader(region))
	for what, damage := range map[string]func(*header){
		"magic":    func(h *header) { h.magic++ },
		"version":  func(h *header) { h.version++ },
		"capacity": func(h *header) { h.capacity = 3 },
		"size":     func(h *header) { h.size-- },
	} {
		saved := *h
		damage(h)
		if _, err := AttachSPSC[message](region); layoutError(t, err).What != what {
			t.Errorf("damaged %s: %v", what, err)
		}
		*h = saved
	}
	if v, ok := must(q.Consumer()).Pop(); !ok || v != (message{1, 2}) {
		t.Errorf("the message is gone: %v, %v", v, ok)
	}
}

func TestPointerfulElementsAreRefused(t *testing.T) {
	type message struct {
		ID   int
		Text struct{ Name string }
	}
	region := make([]byte, 4096)
	for name, f := range map[string]func() error{
		"SPSC":          func() error { _, err := CreateSPSC[message](region, 4); return err },
		"Stream":        func() error { _, err := CreateStream[message](region, 4); return err },
		"MPMC":          func() error { _, err := CreateMPMC[message](region, 4); return err },
		"Latest":        func() error { _, err := CreateLatest[message](region); return err },
		"attach SPSC":   func() error { _, err := AttachSPSC[message](region); return err },
		"attach Stream": func() error { _, err := AttachStream[message](region); return err },
		"attach MPMC":   func() error { _, err := AttachMPMC[message](region); return err },
		"attach Latest": func() error { _, err := AttachLatest[message](region); return err },
	} {
		var e *arena.PointerError
		if err := f(); !errors.As(err, &e) || !strings.Contains(err.Error(), "Text.Name") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLayoutOf(t *testing.T) {
	type inner struct{ X, Y int16 }
	types := []reflect.Type{
		reflect.TypeFor[int](), reflect.TypeFor[uint](), reflect.TypeFor[int32](), reflect.TypeFor[uint32](), reflect.TypeFor[float64](),
		reflect.TypeFor[[2]int32](), reflect.TypeFor[[2][1]int32](), reflect.TypeFor[struct{ A [2]int32 }](),
		reflect.TypeFor[struct{ A, B int32 }](), reflect.TypeFor[struct{ B, A int32 }](),
		reflect.TypeFor[struct {
			A int8
			B int64
		}](),
		reflect.TypeFor[struct {
			A int64
			B int8
		}](),
		reflect.TypeFor[inner](), reflect.TypeFor[struct{ I inner }](), reflect.TypeFor[[1]inner](),
		reflect.TypeFor[struct{}](), reflect.TypeFor[[0]int](),
	}
	seen := map[uint64]reflect.Type{}
	for _, typ := range types {
		h := layoutOf(typ)
		if other, ok := seen[h]; ok {
			t.Errorf("%v and %v have one layout", typ, other)
		}
		seen[h] = typ
	}
}

// TestCreateClearsTheRegion: a ring does not depend on what its memory held before.
func TestCreateClearsTheRegion(t *testing.T) {
	for _, k := range rings {
		t.Run(k.name, func(t *testing.T) {
			size := k.size(8)
			clean, used := make([]byte, size), make([]byte, size)
			for i := range used {
				used[i] = 0xff
			}
			for _, region := range [][]byte{clean, used} {
				if err := k.create(region, 8); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(clean, used) {
				t.Error("a ring over used memory differs from one over zeros")
			}
		})
	}
}
