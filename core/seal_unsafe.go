package core

import "unsafe"

// choose makes one of the lane's regions the frame's memory. Debug builds have
// several and use them in turn, so that a stale address meets an inaccessible
// page, or the poison of its own frame, for some frames more.
func (f *Frame) choose(number uint64) {
	f.base = unsafe.Pointer(unsafe.SliceData(f.lane.regions[number%frameCopies]))
}

func (f *Frame) unseal() {
	if frameCopies > 1 {
		f.choose(f.number + 1)
		protect(f.lane, f.lane.regions[(f.number+1)%frameCopies], false)
	}
}

// pages are those that hold the frame, whole.
func (f *Frame) pages() []byte { return f.lane.regions[f.number%frameCopies] }

// seal ends the frame's memory.
func (f *Frame) seal() {
	f.wipe(0)
	if frameCopies > 1 {
		protect(f.lane, f.pages(), true)
	}
}

// wipe poisons what lies between a position and the frame's next.
func (f *Frame) wipe(from int) {
	if poisonBuild {
		poison(f.region()[from:f.next])
	}
}

// Poison is what memory that was taken back is filled with in builds with the
// tag rtpoison.
const Poison = 0xDB

func poison(b []byte) {
	for i := range b {
		b[i] = Poison
	}
}
