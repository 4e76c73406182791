package audio

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestFaultingBlock: pages that are touched for the first time mark the block in
// which they were, or the next look at the latest, which says how far back it
// reaches.
func TestFaultingBlock(t *testing.T) {
	const page, pages, at = 4096, 128, 50 * 64
	fresh, err := unix.Mmap(-1, 0, pages*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(fresh)
	_ = unix.Madvise(fresh, unix.MADV_NOHUGEPAGE) // refused where there are none
	var found []Processed
	s := mustOpen(t, Config{Backend: Offline, OnBlock: func(p Processed) {
		if p.Faults >= pages { // the test's own first steps fault too
			found = append(found, p)
		}
	}}, &process{process: func(b *Block) {
		if b.Frame == at {
			for i := 0; i < len(fresh); i += page {
				fresh[i] = 1
			}
		}
	}}, &host)
	if err := s.Render(buffers(2, 100*64), nil); err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 {
		t.Fatalf("%d faults are told of at %+v, want one block", pages, found)
	}
	if p := found[0]; p.Marks&Faulted == 0 || p.Frame < at || p.Frame-int64(p.Over*64) >= at {
		t.Errorf("%+v, want it to cover frame %d", p, at)
	}
}
